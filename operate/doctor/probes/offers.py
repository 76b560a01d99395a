"""Asks the account for what it offers, as `operate init` does, for the servers of a stack file."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path

from operate.doctor.finding import NothingToCheckError
from operate.doctor.judgements.offers import EVERYWHERE, OffersObservation
from operate.doctor.probes.account import account_configuration
from operate.doctor.probes.stack_file import require_readable
from operate.init.account import AccountOffers
from operate.stack.config.setting_keys import SERVERS
from operate.stack.config.stack_file import read_list, read_setting, stack_file_of


def observe_offers(
    environment: str,
    config_file: Path | None,
    existing: Collection[str],
    variables: Mapping[str, str] = os.environ,
) -> OffersObservation:
    """Return a stack file beside what the account offers.

    Args:
        environment: Name of the stack.
        config_file: The stack's file where it is elsewhere.
        existing: Servers that the stack has, DATACENTER-NAME.
        variables: The process environment.

    Raises:
        NothingToCheckError: The file has no servers.
        NotCheckedError: The file cannot be read, or there are no credentials.
        OperateError: The account does not answer.
    """
    file = stack_file_of(environment, config_file)
    require_readable(file)
    servers = read_list(file, SERVERS)
    if not servers:
        raise NothingToCheckError(f"{file} has no servers")
    offers = AccountOffers(variables, account_configuration(environment, config_file, variables))
    locations = offers.locations()
    datacenters = {str(server.get("datacenter")) for server in servers if isinstance(server, dict)}
    offered = datacenters & set(locations.datacenters)
    # A flavor in a datacenter that does not exist is compared with those of all.
    elsewhere = {EVERYWHERE} if datacenters - offered else set[str]()
    sizes = {place: offers.sizes(place) for place in sorted(offered | elsewhere)}
    return OffersObservation(
        str(file), servers, read_setting(file, "objectDatacenter"), locations, sizes, existing
    )
