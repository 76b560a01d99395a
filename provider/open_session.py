"""What handlers and commands of an account work with, made for one configuration."""

import os
from collections.abc import Mapping

from provider.cancellation_token import CancellationToken
from provider.orders.journal import OrderJournal
from provider.orders.token import TokenLedger
from provider.redaction import Redactor
from provider.resources.servers.listings import GUESTS, METAL
from provider.session import Reporter, Session
from provider.settings import ProviderSettings
from provider.softlayer.account import Account, BillingAwareReads
from provider.softlayer.api import SoftLayerApi
from provider.softlayer.quotes import Quotes
from provider.softlayer.servers import Servers


def open_session(
    settings: ProviderSettings,
    stop: CancellationToken,
    reporter: Reporter,
    redactor: Redactor,
    environment: Mapping[str, str],
    api: SoftLayerApi | None = None,
    journal: OrderJournal | None = None,
) -> Session:
    """Everything that handlers work with, for one configuration; nothing is called yet."""
    redactor.register_secret(settings.api_key)
    api = api or SoftLayerApi(settings, stop)
    account = Account(api, settings)
    servers = BillingAwareReads(api, account)
    return Session(
        settings=settings,
        api=api,
        account=account,
        guests=Servers.listed(GUESTS, servers, stop),
        metal=Servers.listed(METAL, servers, stop),
        tokens=TokenLedger(settings.order_scope),
        journal=journal or OrderJournal.in_home(environment),
        reporter=reporter,
        quotes=Quotes(api, settings.verify_orders),
        stop=stop,
        redactor=redactor,
    )


def environment() -> Mapping[str, str]:
    """Return the process's environment; the one place that reads it."""
    return os.environ
