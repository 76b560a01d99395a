"""The servers of a stack whose SSH host keys are rotated, with all real edges."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from operate.clock import SystemClock
from operate.error import OperateError
from operate.history.events import Event, event_now, noting_events
from operate.record.observed_releases import ObservedReleases
from operate.record.record import Record
from operate.recover.recovery_lock import recovery_lock
from operate.rotate.kinds.host_key import ServerIdentity
from operate.rotate.kinds.shown_key import call_until_reached, proves_key
from operate.rotate.stack_operation import observe_releases, operation_under_way
from operate.servers.host_keys.accepted_keys import accepted_host_keys
from operate.servers.host_keys.fingerprint import fingerprint
from operate.servers.script_text import SCRIPTS
from operate.servers.server_names import full_names
from operate.servers.ssh import SshLink
from operate.servers.ssh_address import ssh_address
from operate.servers.stack_link import stack_link
from operate.servers.system_ssh import USER, PinnedServer
from operate.stack.automation.pulumi_stack import PulumiStack
from operate.stack.automation.pulumi_workspace import StackPlace
from operate.stack.config.unfinished_adoption import require_no_adoption
from operate.stack.facts import DoorFacts
from operate.stack.facts_cache import facts_cache
from operate.stack.operator_key import operator_key

_SCRIPT = SCRIPTS / "host-key.sh"


class StackServers:
    """The real servers of a stack; see `operate.rotate.kinds.host_key.KeyedServers`.

    Args:
        environment: The stack's name.
        config_file: The stack's file where it is elsewhere.
        log: Receives a line where there is no lock.
    """

    def __init__(self, environment: str, config_file: Path | None, log: Callable[[str], None]) -> None:
        self._environment, self._file, self._log = environment, config_file, log
        cache = facts_cache(environment, config_file)
        place = StackPlace(environment, config_file and config_file.resolve())
        self._stack = PulumiStack(place, SystemClock(), cache.write)
        self._events: list[Event] = []

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock, also while the server shows the other key: open sessions continue."""
        require_no_adoption(self._environment, self._file)
        facts = self._stack.facts()
        with (
            closing(stack_link(facts.ssh_user, self._environment, self._file)) as link,
            recovery_lock(facts, "rotate host-key", self._log, link) as lock,
            self._stack.locked(lock),
            noting_events(self._events, lock, self._log),
        ):
            yield

    def note(self, detail: str) -> None:
        """Have the history name the rotation once the lock is given back."""
        self._events.append(event_now("rotation", detail))

    def setting(self, key: str) -> object:
        """Return a setting of the stack file."""
        return self._stack.setting(key)

    def write_settings(self, settings: Mapping[str, object]) -> None:
        """Write settings to the stack file."""
        self._stack.write_settings(settings)

    def check_settings(self) -> None:
        """Refuse a stack file that has mistakes."""
        self._stack.check_settings({})

    def under_way(self) -> Record | None:
        """Return the swap, the rollback or the move that is under way."""
        return operation_under_way(self._environment, "rotate host-key", self._file, self._log)

    def observe_releases(self) -> ObservedReleases:
        """Return the releases as front doors and records have them."""
        return observe_releases(self._environment, "rotate host-key", self._file, self._log)

    def server(self, name: str) -> ServerIdentity:
        """Return a server as the state has it.

        Raises:
            NotStartedError: The stack has no server of that name, or several; those that it has are named.
        """
        servers = self._stack.server_outputs()
        (name,) = full_names([name], servers)
        number, outputs = servers[name]
        return ServerIdentity(name, number, ssh_address(outputs), str(outputs.get("sshHostKey") or ""))

    def stage(self, server: ServerIdentity) -> str:
        """Have the server make another key."""
        return self._run(server, "stage")

    def use(self, server: ServerIdentity, host_key: str) -> None:
        """Have the server show the other key."""
        self._run(server, "use", host_key)

    def shows(self, server: ServerIdentity, host_key: str, *, after_reload: bool = False) -> bool:
        """Log in by a key, and run nothing: another reload of sshd would refuse logins for a moment."""
        place = _facts(replace(server, host_key=host_key))
        return proves_key(place, self._key(), SystemClock(), after_reload=after_reload)

    def accept(self, server: ServerIdentity, host_key: str) -> str:
        """Pin another key, and no other one that the server may show meanwhile."""
        with accepted_host_keys({server.number: fingerprint(host_key)}):
            self._stack.refresh_own([server.name])
            return self._stack.restore().changes

    def _run(self, server: ServerIdentity, *arguments: str) -> str:
        def run() -> tuple[int, bytes, str]:
            # A link keeps its connections, which the old key has opened.
            with closing(SshLink(USER, self._key())) as link:
                return link.run(_facts(server), _SCRIPT, *arguments)

        code, output, message = call_until_reached(run, SystemClock())
        if code:
            raise OperateError(f"{server.name}: {message}")
        return output.decode().strip()

    def _key(self) -> Path:
        return operator_key(self._environment, self._file)


def _facts(server: ServerIdentity) -> DoorFacts:
    return PinnedServer(server.name, server.address, server.host_key).facts
