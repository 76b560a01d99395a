"""Observes a stack that has been brought up: records, doors, storage and servers; decides nothing."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from operate.doctor.finding import MissingStackError, NotCheckedError, NothingToCheckError
from operate.doctor.judgements.installed import InstalledObservation
from operate.doctor.judgements.live_release import LiveReleaseObservation
from operate.doctor.judgements.logins import ServerLoginObservation
from operate.doctor.judgements.missing import MissingObservation
from operate.doctor.judgements.servers import (
    ServerReport,
    ServersObservation,
    find_unfinished_build,
    parse_report,
)
from operate.doctor.judgements.stack import (
    ColoursObservation,
    DoorObservation,
    OutputsObservation,
    RecordsObservation,
    observe_door,
)
from operate.doctor.judgements.storage import StorageObservation, StorageObservations
from operate.doctor.probes.logins import observe_logins
from operate.doctor.probes.pulumi import read_outputs
from operate.doctor.probes.records import observe_records
from operate.doctor.probes.releases import observe_releases, observe_rollback
from operate.doctor.probes.storage import observe_storage
from operate.doctor.shared import Shared
from operate.doors.front_doors import SshDoors
from operate.error import OperateError
from operate.record.rotation_note import RotationNote
from operate.rotate.under_way import noted_rotation
from operate.servers.replacement import replacement_commands
from operate.servers.script_text import SCRIPTS
from operate.servers.ssh import SshError, SshLink
from operate.servers.stack_link import stack_link
from operate.stack.automation.missing_stack import explain_missing_stack
from operate.stack.config.setting_keys import MOVE, RELEASES
from operate.stack.config.stack_file import has_secret, is_readable, read_plain, stack_file_of
from operate.stack.config.unfinished_adoption import noted_adoption
from operate.stack.facts import DoorFacts, Facts
from operate.stack.facts_output import OUTPUT, parse_facts
from operate.stack.placement import place_facts, place_outputs, read_placement
from operate.status.live_setting import live_setting_warnings, noted_live
from operate.status.warnings import warnings
from operate.store.bounded_store import SlowStoreError
from operate.store.stack_store import questioned_store
from operate.swap.overrides import new_release_name, overrides_of

SSH_SECONDS = 15.0
"""For a server that may be lost (choice): a script takes below one, a connection up to ten."""
_NO_OUTPUTS = "the stack's outputs cannot be read"


class StackProbes:
    """One stack; outputs, facts and connections are read once.

    Args:
        environment: Name of the stack.
        config_file: The stack's file where it is elsewhere.
    """

    def __init__(self, environment: str, config_file: Path | None = None) -> None:
        self._environment, self._config_file = environment, config_file
        self._deployed_outputs = Shared(lambda: read_outputs(environment, config_file))
        self.outputs = Shared(self._place_outputs, "outputs", _NO_OUTPUTS)
        self.facts = Shared(self._read_facts, "outputs", _NO_OUTPUTS)
        self.link = Shared(self._open_link)
        self.records = Shared(self._read_records)
        self.doors = Shared(self._query_doors)
        self.servers = Shared(self._query_servers)

    def close(self) -> None:
        """Close the connections."""
        if self.link.value is not None:
            self.link.value.close()

    def observe_outputs(self) -> OutputsObservation:
        """Return whether the stack exists, and whether its outputs and facts can be read."""
        try:
            self.facts.or_reason()
        except MissingStackError:
            return OutputsObservation(
                explain_missing_stack(self._environment, self._config_file), is_missing=True
            )
        except (NothingToCheckError, NotCheckedError):
            raise
        except OperateError as error:
            return OutputsObservation(str(error))
        return OutputsObservation()

    def observe_missing(self) -> MissingObservation:
        """Return what the account no longer has of the stack.

        Raises:
            NotCheckedError: The object storage, which is read as well, is too slow.
        """
        self._require_fast_storage()
        servers = self.outputs().get("servers") or {}
        from operate.doctor.probes.missing import observe_missing  # Pulumi takes a second to load

        return observe_missing(self._environment, self._config_file, servers)

    def observe_records(self) -> RecordsObservation:
        """Return who holds the lock and what is unfinished.

        Raises:
            NotCheckedError: The object storage is too slow, or an adoption has not ended.
        """
        if noted_adoption(self._environment, self._config_file):
            raise NotCheckedError("an adoption has not ended", named_by="state")
        self._require_fast_storage()
        return self.records.or_reason()

    def observe_rotation(self) -> RotationNote | None:
        """Return the rotation that the stack file notes, as far as records and doors know it."""
        note = noted_rotation(self._environment, self._config_file)
        if note is None:
            return None
        return note.observed(
            observe_releases(self.observe_records, self.observe_colours, self._observe_rollback)
        )

    def _observe_rollback(self) -> str:
        store = questioned_store(self.facts(), self.link())
        return observe_rollback(self.facts(), store, self.doors(), self.observe_records())

    def observe_doors(self) -> Sequence[DoorObservation]:
        """Return the state of every front door, also of those that are lost."""
        return self.doors()

    def observe_colours(self) -> ColoursObservation:
        """Return releases by colour, and the colour that is live everywhere."""
        facts = self.facts()
        releases = {
            colour: colour_facts.release if colour_facts else ""
            for colour, colour_facts in facts.colours.items()
        }
        live = {colour for door in self.doors() if door.status for colour in door.status.live.values()}
        return ColoursObservation(releases, live.pop() if len(live) == 1 else None)

    def observe_live_release(self) -> LiveReleaseObservation:
        """Return what the live release overrides, as it was made and in the stack file.

        Raises:
            NotCheckedError: Which release is live is not known, or the stack file cannot be read.
            NothingToCheckError: Pulumi has encrypted the releases of the stack file.
        """
        live = self.observe_colours().live
        if live is None or (release := self.facts().colours[live]) is None:
            named_by = "front doors" if live is None else "colours"
            raise NotCheckedError("the live release is not known", named_by=named_by)
        file = stack_file_of(self._environment, self._config_file)
        if not is_readable(file):
            raise NotCheckedError(f"{file} cannot be read", named_by="stack file")
        releases = read_plain(file, RELEASES)
        if has_secret(releases):
            raise NothingToCheckError(f"setting `{RELEASES}` is encrypted, so that only Pulumi can read it")
        configured = overrides_of(releases, release.release)
        # The place of an archive belongs to one operator's machine, and is no part of the facts.
        configured = {key: value for key, value in configured.items() if key != "baseArchive"}
        new_release = new_release_name(releases, release.release)
        return LiveReleaseObservation(release.release, release.overrides, configured, new_release)

    def observe_warnings(self) -> Sequence[str]:
        """Return what `operate status` warns of, as far as doors and records answer."""
        recorded = warnings(self.facts(), datetime.now(UTC))
        try:
            records, live = self.observe_records(), self.observe_colours().live
        except (OperateError, OSError):
            return recorded  # another check names it
        # A retirement that was interrupted notes no live colour.
        is_under_way = records.current is not None or bool(records.notices)
        setting = noted_live(self._environment, self._config_file)
        return (
            *recorded,
            *live_setting_warnings(self._environment, setting, live, is_under_way=is_under_way),
        )

    def observe_storage(self) -> StorageObservations:
        """Return what a listing of the storage takes, through each front door that is not lost.

        All are asked at once, beside the questions of this machine: a slow storage is waited for once.

        Raises:
            NotCheckedError: No front door answers, and the storage is not slow from this machine.
        """
        facts, link = self.facts(), self.link()
        reachable = {door.name for door in self.doors() if door.status}
        doors = [
            door for door in facts.doors if door.name in reachable and door.generations[:1] == ("modern",)
        ]
        with ThreadPoolExecutor(len(doors) or 1) as pool:
            observations = pool.map(partial(observe_storage, facts, link), doors)
            is_slow_here = self._has_slow_storage()
        if not reachable and not is_slow_here:
            raise NotCheckedError("no front door answers")
        return StorageObservations(
            tuple(map(self._name_container, observations, doors)),
            is_slow_here=is_slow_here,
            milliseconds_here=self._milliseconds_here(),
        )

    def _name_container(self, observation: StorageObservation, door: DoorFacts) -> StorageObservation:
        """Add server and name of the container that answers the front door; a standby has its own names."""
        facts = self.facts()
        status = next((observed.status for observed in self.doors() if observed.name == door.name), None)
        colour = status.live.get("modern") if status and not facts.has_taken_over(door) else None
        colour_facts = facts.colours.get(colour) if colour else None
        if colour is None or colour_facts is None:
            return observation
        containers = self.outputs()[OUTPUT]["colours"][colour.value]["containers"].get(door.datacenter) or {}
        server = f"{door.datacenter}-{colour_facts.carrier(door)}"
        return replace(observation, server=server, container=str(containers.get("modern", "")))

    def _milliseconds_here(self) -> float | None:
        """Return what the object storage took to answer this machine; None where it did not."""
        try:
            return self.records.or_reason().milliseconds if self.facts().swift is not None else None
        except (OperateError, OSError):
            return None

    def _require_fast_storage(self) -> None:
        if self._has_slow_storage():
            raise NotCheckedError("the object storage answers too slowly", named_by="storage")

    def _has_slow_storage(self) -> bool:
        """Whether this machine has waited for the object storage in vain; it waits once for all checks."""
        try:
            if self.facts().swift is not None:
                self.records.or_reason()
        except SlowStoreError:
            return True
        except (OperateError, OSError):
            return False  # another check names it
        return False

    def _read_records(self) -> RecordsObservation:
        return observe_records(self._environment, questioned_store(self.facts(), self.link()))

    def observe_servers(self) -> ServersObservation:
        """Return what runs on the servers that carry a registry."""
        return self.servers()

    def observe_installed(self, exported: Mapping[str, Any]) -> InstalledObservation:
        """Return what on the servers differs from the stack's state.

        Args:
            exported: The state.
        """
        from operate.doctor.probes.installed import observe_installed  # Pulumi takes a second to load

        return observe_installed(exported, self.link(), SSH_SECONDS)

    def observe_logins(
        self, servers: Mapping[str, tuple[str, Mapping[str, object]]]
    ) -> Sequence[ServerLoginObservation]:
        """Return what a login to each server comes to, also to those that carry no registry.

        Args:
            servers: Id and outputs of each by its name, as the stack's state has them.
        """
        facts = self.facts()
        carriers = {door.name for door in facts.doors} | containers_by_server(facts, self.outputs()).keys()
        return observe_logins(servers, carriers, self.link(), SSH_SECONDS)

    def _query_servers(self) -> ServersObservation:
        """Ask all servers at once, each for the containers of all, and keep of each answer its own."""
        outputs, facts = self.outputs(), self.facts()
        targets = containers_by_server(facts, outputs)
        all_names = sorted({name for _, names in targets.values() for name in names})
        hosts = [host for host, _ in targets.values()]
        answers = self.link().run_each(hosts, SCRIPTS / "server-report.sh", SSH_SECONDS, *all_names)
        reports = (_report(name, answer) for name, answer in zip(targets, answers, strict=True))
        own = tuple(report.only(targets[report.name][1]) for report in reports)
        current = None
        with suppress(OperateError, OSError):  # that the records do not answer, their own check says
            current = self.observe_records().current
        return ServersObservation(own, images_by_server(outputs), find_unfinished_build(facts, current))

    def _place_outputs(self) -> Mapping[str, Any]:
        placement = read_placement(stack_file_of(self._environment, self._config_file))
        return place_outputs(self._environment, self._deployed_outputs.or_reason(), placement)

    def _read_facts(self) -> Facts:
        outputs = self._deployed_outputs.or_reason()
        if OUTPUT not in outputs:
            raise NothingToCheckError("no `pulumi up` of this stack has completed")
        placement = read_placement(stack_file_of(self._environment, self._config_file))
        return place_facts(parse_facts(self._environment, outputs[OUTPUT]), placement)

    def _open_link(self) -> SshLink:
        return stack_link(self.facts().ssh_user, self._environment, self._config_file)

    def _query_doors(self) -> Sequence[DoorObservation]:
        facts = self.facts()
        answers = SshDoors(facts, self.link(), SSH_SECONDS).query_each(facts.doors)
        pairs = list(zip(facts.doors, answers, strict=True))
        silent = {door.name for door, answer in pairs if isinstance(answer, OperateError)}
        is_moving = read_plain(stack_file_of(self._environment, self._config_file), MOVE) is not None
        return [
            DoorObservation(door.name, None, str(answer), replacements=replacement_commands(facts, silent))
            if isinstance(answer, OperateError)
            else observe_door(facts, door, answer, is_moving=is_moving)
            for door, answer in pairs
        ]


def containers_by_server(
    facts: Facts, outputs: Mapping[str, Any]
) -> Mapping[str, tuple[DoorFacts, tuple[str, ...]]]:
    """Return the servers that carry colours, and the containers that must be on each; pure.

    Args:
        facts: Facts of the stack.
        outputs: Outputs of the stack; `operate` names containers by datacenter.
    """
    targets: dict[str, tuple[DoorFacts, tuple[str, ...]]] = {}
    colours = outputs[OUTPUT]["colours"]
    for colour, colour_facts in facts.colours.items():
        if colour_facts is None:
            continue
        for datacenter, by_generation in colours[colour.value]["containers"].items():
            doors = [door for door in facts.doors if door.datacenter == datacenter]
            server = colour_facts.servers.get(datacenter, "")
            door = next((door for door in doors if door.server == server), doors[0] if doors else None)
            if door is None:
                continue
            host, name = facts.host(door, colour), f"{datacenter}-{server or door.server}"
            names = targets[name][1] if name in targets else ()
            # A standby that took over runs containers of its own, as its front door knows.
            own = () if facts.has_taken_over(door) else sorted(by_generation.values())
            targets[name] = host, (*names, *own)
    return targets


def images_by_server(outputs: Mapping[str, Any]) -> Mapping[str, frozenset[str]]:
    """Return the ids of the images that the stack built, by server; pure."""
    return {
        server: frozenset(digest for releases in generations.values() for digest in releases.values())
        for server, generations in (outputs.get("imageDigests") or {}).items()
    }


def _report(name: str, answer: tuple[int, bytes, str] | SshError) -> ServerReport:
    if isinstance(answer, SshError):
        return ServerReport(name, reason=str(answer))
    code, output, message = answer
    if code:
        return ServerReport(name, reason=message or f"exit code {code}")
    return parse_report(name, output)
