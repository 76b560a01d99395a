"""The provider's configuration: what Pulumi hands over, checked once and frozen."""

import difflib
import ipaddress
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import urlsplit

from provider.values import Properties, Unknown, Value

PUBLIC_ENDPOINT = "https://api.softlayer.com/xmlrpc/v3.1/"
ENVIRONMENT = {
    "username": ("SL_USERNAME", "SOFTLAYER_USERNAME"),
    "apiKey": ("SL_API_KEY", "SOFTLAYER_API_KEY"),
    "endpointUrl": ("SL_ENDPOINT_URL",),
}
NUMBERS = {"timeout": (1, 3600, 120), "rateLimit": (1, 49, 40), "orderSettle": (1, 3600, 60)}
"""Lowest, highest and default: seconds, calls a second, seconds (choices; over 50 calls are refused)."""
ACCEPT_HOST_KEYS = "SL_ACCEPT_HOST_KEYS"
"""Environment variable, never in the state: ids of servers whose pinned SSH host key is given up."""
KEEP_PROTECTED = "SL_KEEP_PROTECTED"
"""Environment variable, never in the state: this `pulumi destroy` leaves what is protected out."""
REPLACE_SERVERS = "SL_REPLACE_SERVERS"
"""Environment variable, never in the state: ids of servers that this `pulumi up --replace` is to replace."""
ADOPT = "SL_ADOPT"
"""Environment variable, never in the state: what Create takes over instead of an order, `NAME=ID,...`."""
ACCEPT_UNMANAGED = "SL_ACCEPT_UNMANAGED"
"""Environment variable, never in the state: names of servers that are ordered although the account has some
of that name which the state does not hold."""
SCOPE = "orderScope"
VERIFY = "verifyOrders"
SETTING_NAMES = (*ENVIRONMENT, *NUMBERS, VERIFY, SCOPE, "version", "pluginDownloadURL")


class VerifyOrders(Enum):
    """Whether a preview asks the cloud what its orders would cost."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True)
class ProviderSettings:
    """One account and how it is called.

    Attributes:
        username: API user.
        api_key: API key. Secret.
        endpoint_url: XML-RPC endpoint.
        timeout: Seconds for one call.
        rate_limit: Calls a second over all resources.
        order_settle: Seconds to search for an order whose answer was lost.
        order_scope: 16 hex digits that make this provider's order tokens its own.
        verify_orders: Whether previews ask what orders would cost.
        accept_host_keys: Fingerprint of the host key that is believed in this command, by server id; "" for
            whichever key the server shows. A refresh gives up the pinned key of each.
        keep_protected: Whether a destroy leaves out what is protected, in this command.
        replaced_servers: Ids of servers that the state holds for certain, so that Create takes none over.
        adopt: Ids of what Create takes over instead of an order, by the resource's name, for one command.
        accept_unmanaged: Names of servers that may be ordered beside unmanaged ones of the same name.
    """

    username: str
    api_key: str = field(repr=False)
    endpoint_url: str
    timeout: float
    rate_limit: float
    order_settle: float
    order_scope: str
    verify_orders: VerifyOrders = VerifyOrders.AUTO
    accept_host_keys: Mapping[str, str] = field(default_factory=dict)
    keep_protected: bool = False
    replaced_servers: frozenset[str] = frozenset()
    adopt: Mapping[str, str] = field(default_factory=dict)
    accept_unmanaged: frozenset[str] = frozenset()


@dataclass(frozen=True)
class CheckedConfiguration:
    """What CheckConfig answers: the inputs to keep in the state, and every failure by property path."""

    inputs: Properties
    failures: tuple[tuple[str, str], ...]


def check_configuration(
    olds: Properties, news: Properties, environment: Mapping[str, str]
) -> CheckedConfiguration:
    """Check the configuration and give it its order scope.

    The scope is made up when the state has none, and carried forward ever after. It goes into the state with
    the provider, which the engine saves before it creates any resource of that provider (step executor:
    OnResourceStepPost before the step completes), so no order is ever placed under a scope that could be
    lost.

    Args:
        olds: The configuration in the state; empty for a new provider.
        news: The desired configuration.
        environment: Environment variables, where absent credentials are looked up. They stay out of the
            inputs, hence of the state.
    """
    failures = [
        (name, f"is not a known setting{_nearest(name)}") for name in news if name not in SETTING_NAMES
    ]
    failures += [
        (name, f"must be a number from {lowest} to {highest}")
        for name, (lowest, highest, _) in NUMBERS.items()
        if not _number_fits(news.get(name), lowest, highest)
    ]
    failures += [
        (name, f"is missing: set softlayer:{name} or {ENVIRONMENT[name][0]}")
        for name in ("username", "apiKey")
        if news.get(name) in (None, "") and not _from_environment(name, environment)
    ]
    endpoint = news.get("endpointUrl") or _from_environment("endpointUrl", environment) or PUBLIC_ENDPOINT
    if isinstance(endpoint, str) and not _is_endpoint(endpoint):
        reason = (
            "must be an https URL with /xmlrpc/ in its path, or an http one of a loopback or private "
            f"address, since the API key goes there; not {endpoint!r}"
        )
        failures.append(("endpointUrl", reason))
    if not _verify_fits(news.get(VERIFY)):
        modes = ", ".join(mode.value for mode in VerifyOrders)
        failures.append((VERIFY, f"must be one of {modes}, not {news.get(VERIFY)!r}"))
    scope = olds.get(SCOPE) or secrets.token_hex(8)
    return CheckedConfiguration({**news, SCOPE: scope}, tuple(failures))


def read_configuration(inputs: Properties, environment: Mapping[str, str]) -> ProviderSettings:
    """Freeze a configuration that `check_configuration` passed."""

    def string(name: str) -> str:
        value = inputs.get(name)
        return value if isinstance(value, str) and value else _from_environment(name, environment)

    def number(name: str) -> float:
        value = inputs.get(name)
        if value in (None, "") or isinstance(value, Unknown):
            return float(NUMBERS[name][2])
        return float(str(value))

    return ProviderSettings(
        username=string("username"),
        api_key=string("apiKey"),
        endpoint_url=string("endpointUrl") or PUBLIC_ENDPOINT,
        timeout=number("timeout"),
        rate_limit=number("rateLimit"),
        order_settle=number("orderSettle"),
        order_scope=str(inputs.get(SCOPE) or ""),
        verify_orders=VerifyOrders(string(VERIFY) or VerifyOrders.AUTO.value),
        accept_host_keys=_accepted_keys(environment.get(ACCEPT_HOST_KEYS, "")),
        replaced_servers=_identifiers(environment.get(REPLACE_SERVERS, "")),
        keep_protected=environment.get(KEEP_PROTECTED, "") not in ("", "0"),
        adopt=read_adoption(environment.get(ADOPT, "")),
        accept_unmanaged=_identifiers(environment.get(ACCEPT_UNMANAGED, "")),
    )


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name, SETTING_NAMES, 1)
    return f"; nearest is {near[0]}" if near else ""


def _identifiers(value: str) -> frozenset[str]:
    return frozenset(name.strip() for name in value.split(",") if name.strip())


def _accepted_keys(value: str) -> Mapping[str, str]:
    """Read `ID` or `ID=FINGERPRINT`, separated by commas."""
    pairs = (pair.partition("=") for pair in value.split(","))
    return {name.strip(): fingerprint.strip() for name, _, fingerprint in pairs if name.strip()}


def read_adoption(value: str) -> Mapping[str, str]:
    """Read `NAME=ID,NAME=ID`; what is no such pair is left out."""
    pairs = ([part.strip() for part in pair.partition("=")] for pair in value.split(","))
    return {name: identifier for name, _, identifier in pairs if name and identifier}


def _from_environment(name: str, environment: Mapping[str, str]) -> str:
    return next((environment[key] for key in ENVIRONMENT.get(name, ()) if environment.get(key)), "")


def _number_fits(value: Value, lowest: int, highest: int) -> bool:
    if value is None or isinstance(value, Unknown) or value == "":
        return True
    try:
        return isinstance(value, int | float | str) and lowest <= float(value) <= highest
    except ValueError:
        return False


def _verify_fits(value: Value) -> bool:
    return value in (None, "", *(mode.value for mode in VerifyOrders)) or isinstance(value, Unknown)


def _is_endpoint(url: str) -> bool:
    parts = urlsplit(url)
    safe = parts.scheme == "https" or (parts.scheme == "http" and _stays_inside(parts.hostname or ""))
    return safe and bool(parts.hostname) and "/xmlrpc/" in f"{parts.path}/"


def _stays_inside(host: str) -> bool:
    """Return whether the host is an address to which no route leads from outside.

    A name may come to mean any.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or (address.is_private and not address.is_unspecified)
