"""What a stack file may change of where a registry is, and what it may not; pure.

A front door is known by its server, DATACENTER-NAME. Clients of several doors come by one address, which
leads to any of them; without one, each datacenter's clients know the doors of their datacenter only.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from provider.resources.contract import Failure
from provider.values import Properties, flag, text, texts, whole


@dataclass(frozen=True)
class Placement:
    """Where the registry of an environment is.

    Attributes:
        environment: The stack's name.
        front_doors: Servers that carry the registry, DATACENTER-NAME.
        retiring_doors: Front doors that may be taken out, since their clients have another one.
        shared_address: Whether one address leads to every door.
        global_ip_notes: Notes of the global IP in front of the doors; "" where there is none.
        home: Datacenter whose registry stands for the environment.
        object_datacenter: Datacenter of the object storage account; "" where there is none.
        modern_container: Container of the modern registry; "" where there is none.
        legacy_container: Container of the legacy registry.
        containers: Containers that are kept, also those of a registry that runs no more.
        legacy_port: TCP port of the legacy registry; 0 where there is none.
        chosen_legacy_port: Whether the stack file names that port.
    """

    environment: str
    front_doors: frozenset[str]
    retiring_doors: frozenset[str] = frozenset()
    shared_address: bool = False
    global_ip_notes: str = ""
    home: str = ""
    object_datacenter: str = ""
    modern_container: str = ""
    legacy_container: str = ""
    containers: frozenset[str] = frozenset()
    legacy_port: int = 0
    chosen_legacy_port: bool = False

    @classmethod
    def of(cls, inputs: Properties) -> "Placement":
        """Read the inputs of the resource."""
        return cls(
            environment=text(inputs, "environment"),
            front_doors=frozenset(texts(inputs, "frontDoors")),
            retiring_doors=frozenset(texts(inputs, "retiringDoors")),
            shared_address=flag(inputs, "sharedAddress"),
            global_ip_notes=text(inputs, "globalIpNotes"),
            home=text(inputs, "home"),
            object_datacenter=text(inputs, "objectDatacenter"),
            modern_container=text(inputs, "modernContainer"),
            legacy_container=text(inputs, "legacyContainer"),
            containers=frozenset(texts(inputs, "containers")),
            legacy_port=whole(inputs, "legacyPort") or 0,
            chosen_legacy_port=flag(inputs, "chosenLegacyPort"),
        )

    def doors_in(self, datacenter: str) -> frozenset[str]:
        """Return the front doors of a datacenter."""
        return frozenset(door for door in self.front_doors if datacenter_of(door) == datacenter)

    @property
    def datacenters(self) -> frozenset[str]:
        """Datacenters with a front door."""
        return frozenset(datacenter_of(door) for door in self.front_doors)


def datacenter_of(door: str) -> str:
    """Return the datacenter of a server DATACENTER-NAME; the short name of a datacenter has no hyphen."""
    return door.partition("-")[0]


def existing(recorded: Placement, servers: Collection[str], *, has_account: bool) -> Placement:
    """Return what of a recorded placement there is: a run that failed has recorded what it did not make.

    Args:
        recorded: Placement recorded in the state.
        servers: Servers that the account has, DATACENTER-NAME.
        has_account: Whether it has an object storage account.
    """
    doors = replace(recorded, front_doors=recorded.front_doors & set(servers))
    if not doors.front_doors:
        doors = replace(doors, legacy_port=0)
    if has_account:
        return doors
    return replace(doors, object_datacenter="", modern_container="", legacy_container="")


def removed_doors(old: Placement, new: Placement) -> frozenset[str]:
    """Return the front doors that go and were not named for it."""
    return old.front_doors - new.front_doors - new.retiring_doors


def refusals(old: Placement, new: Placement) -> tuple[Failure, ...]:
    """Return what would move the registry or its images by accident; empty where nothing would.

    Args:
        old: Recorded placement, as far as it exists; see `existing`.
        new: Placement in the stack file.
    """
    return (*_lost_doors(old, new), *_other_address(old, new), *_other_storage(old, new))


def route_refusal(new: Placement, removed: Collection[str], leads_to: str) -> str:
    """Return why front doors cannot go while the global IP leads to one of them; "" where it does not.

    Args:
        new: Placement in the stack file.
        removed: Front doors that would go.
        leads_to: Name of the server that the global IP leads to; "" where that is unknown.
    """
    if leads_to not in removed:
        return ""
    arguments = f"{new.environment} --to {_first(new.front_doors)}"
    return (
        f"the global IP leads to {leads_to}, whose front door would be taken out. To move the registry: leave"
        f" {leads_to} in the stack file as before and run `bin/operate move {arguments}`. If {leads_to}"
        f" is lost: `bin/operate route {arguments}`. Nothing has been changed"
    )


def _lost_doors(old: Placement, new: Placement) -> tuple[Failure, ...]:
    removed = removed_doors(old, new)
    kept = old.front_doors & new.front_doors
    if not removed or (new.shared_address and kept):
        return ()
    # With an address of its own each datacenter has clients of its own.
    orphaned = {
        door for door in removed if new.shared_address or not kept & old.doors_in(datacenter_of(door))
    }
    if not orphaned:
        return ()
    return (_refusal("frontDoors", _move_advice(old, new, orphaned)),)


def _move_advice(old: Placement, new: Placement, orphaned: Collection[str]) -> str:
    datacenters = {datacenter_of(door) for door in orphaned}
    added = sorted(new.front_doors - old.front_doors)
    near = [door for door in added if datacenter_of(door) in datacenters]
    target = next(iter([*near, *added]), _first(new.front_doors))
    servers = _listed(orphaned)
    return (
        f"`servers` would take the registry away from {servers}. To change nothing: keep {servers} there by"
        f" name, with the role registry and frontDoor true. To move the registry: keep {servers}, add"
        f" {target} with frontDoor false, and run `bin/operate move {new.environment} --to {target}`. If"
        f" {servers} cannot be kept, or has no clients any more: name it in `retiringDoors`"
    )


def _other_address(old: Placement, new: Placement) -> tuple[Failure, ...]:
    failures = []
    # The environment's own endpoint stays where it was while that datacenter has a front door.
    had_home = old.home in old.datacenters and old.home in new.datacenters
    if had_home and not new.shared_address and new.home != old.home:
        reason = (
            f"the endpoint of the environment {new.environment} is that of {old.home} and would become that"
            f" of {new.home}; set `homeDatacenter` to {old.home}"
        )
        failures.append(_refusal("home", reason))
    # Alone the legacy registry has the port of `registryPort`; beside the modern one it has its own.
    other_generations = bool(old.modern_container) is not bool(new.modern_container)
    is_moved = 0 not in (old.legacy_port, new.legacy_port) and old.legacy_port != new.legacy_port
    if other_generations and is_moved and not new.chosen_legacy_port:
        reason = (
            f"clients of the legacy registry use port {old.legacy_port}, and it would listen on"
            f" {new.legacy_port}. To change nothing for them: set {_port_settings(old, new)}. To move it on"
            f" purpose: name `legacyPort` {new.legacy_port} in the stack file"
        )
        failures.append(_refusal("legacyPort", reason))
    return tuple(failures)


def _port_settings(old: Placement, new: Placement) -> str:
    """Return the settings with which the legacy registry keeps its port."""
    if not new.modern_container:
        return f"`registryPort` to {old.legacy_port}"
    return f"`legacyPort` to {old.legacy_port} and `registryPort` to another port"


def _other_storage(old: Placement, new: Placement) -> tuple[Failure, ...]:
    failures = []
    # An account for one release goes with that release, which `operate retire` takes away.
    is_needed = bool(new.object_datacenter or old.containers)
    if is_needed and old.object_datacenter and new.object_datacenter != old.object_datacenter:
        failures.append(
            _refusal(
                "objectDatacenter",
                f"the images are in the object storage account of {old.object_datacenter}, and the stack file"
                f" has {new.object_datacenter or 'no account'}: a registry without images, and the account"
                f" would be cancelled. Set `objectDatacenter` to {old.object_datacenter}; servers may be"
                f" anywhere else. {_copy_advice(new)}",
            )
        )
    for setting, generation, before, after in (
        ("objectContainer", "modern", old.modern_container, new.modern_container),
        ("legacyContainer", "legacy", old.legacy_container, new.legacy_container),
    ):
        if before and after and before != after:
            failures.append(
                _refusal(
                    f"{generation}Container",
                    f"the images of the {generation} registry are in the container {before}, and the stack"
                    f" file has {after}, which has none of them; set `{setting}` to {before}."
                    f" {_copy_advice(new)}",
                )
            )
    return tuple(failures)


def _copy_advice(new: Placement) -> str:
    return (
        f"To move the images: copy them, then `bin/operate swap {new.environment} --to RELEASE"
        " --set storage=s3 --data-copied`, see docs/design/swaps.md, Storage"
    )


def _refusal(path: str, reason: str) -> Failure:
    return Failure(path, f"{reason}. Nothing has been changed")


def _first(doors: Collection[str]) -> str:
    return min(doors, default="SERVER")


def _listed(doors: Collection[str]) -> str:
    return ", ".join(sorted(doors)) or "none"
