"""`python -m provider.commands.route [--wait] NUMBER [ADDRESS]`: where a global IP leads, or is to lead.

For day two, which must not wait for an engine. Standard input may hold the provider's configuration as a
JSON object (`username`, `apiKey`, `endpointUrl`, ...); what is missing there is looked for in the
environment, as the plugin does. Prints `{"address": ..., "before": ..., "leadsTo": ...}` once it leads there;
"" is nowhere. Exit code 1 and one line on standard error where it cannot be done.

With `--wait` the command is started beforehand, which takes a second, and does nothing before it has read the
object: whoever dies without writing one has asked for nothing.
"""

import sys
from collections.abc import Sequence

from provider.commands.account_command import run_command
from provider.errors import ConfigurationError, NotFoundError
from provider.resources.contract import Target
from provider.resources.network.global_ip import CHANGE_SECONDS, GlobalIp
from provider.session import Session
from provider.softlayer.records import text_at

WAIT = "--wait"
_DESTINATION = "destinationIpAddress.ipAddress"


async def route(session: Session, number: str, destination: str = "") -> dict[str, str]:
    """Lead a global IP to a server's public address and wait until it does.

    Args:
        session: Session of the account.
        number: The global IP's, in the account.
        destination: Public address to route to; "" leaves the route and reports it.

    Raises:
        ProviderError: The account refuses, or it does not come about.
        NotFoundError: The account has no such global IP.
    """
    handler = GlobalIp()
    record = await handler.find(session, number)
    if record is None:
        raise NotFoundError(
            f"global IP {number} is not in the account of user {session.settings.username}; take the"
            " credentials of the account that has it, or run `bin/operate recover ENV`"
        )
    before = text_at(record, _DESTINATION)
    if destination:
        record = await handler.route(session, Target(""), number, destination, CHANGE_SECONDS)
    address = text_at(record, "ipAddress.ipAddress")
    return {"address": address, "before": before, "leadsTo": text_at(record, _DESTINATION)}


def main(arguments: Sequence[str]) -> int:
    """Run the command; the exit code."""
    waits = arguments[:1] == [WAIT]
    words = arguments[1:] if waits else arguments
    if len(words) not in (1, 2):
        sys.stderr.write("usage: python -m provider.commands.route [--wait] NUMBER [ADDRESS]\n")
        return 2

    def read_request() -> tuple[str, Sequence[str]]:
        configuration = "" if sys.stdin.isatty() else sys.stdin.read()
        if waits and not configuration.strip():
            raise ConfigurationError("a JSON object is required on standard input, which ended without one")
        return configuration, words

    return run_command(read_request, lambda session, words: route(session, *words))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
