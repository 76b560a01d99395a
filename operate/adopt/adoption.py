"""A stack whose state is lost takes over what is in the account; nothing of it is ordered again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from operate.adopt.planned_resources import PlannedResource
from operate.error import NotStartedError, RefusedError

STORAGE = "ObjectStorageAccount"
"""The kind without which there are no images."""
ROOT = "RandomSecret"
"""The kind of the root secret, which was in the lost state alone."""
NEW_ROOT = (
    "the root secret was in the lost state alone, and a new one is made: the first user's password is new"
    " unless registryPassword is set, and the certificate authority is new unless registryCertificate is set."
    " To keep them, answer no, set registrySecret to the old root secret, and run the command again; see"
    " docs/runbooks/lost-state.md"
)
"""What it means for clients and operators."""
HOST_KEYS = (
    "the pinned SSH host keys of the servers were in the lost state as well: the keys above are pinned, and"
    " of a server that shows none now, the one that it shows then. Compare them with the servers' consoles"
    " first, where the network may not be trusted (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub)"
)
"""What a takeover believes on the operator's word."""


@dataclass(frozen=True)
class Candidate:
    """An item of the account that a resource could take over.

    Attributes:
        identifier: Identifier in the account.
        description: Description, for people.
        fingerprint: Fingerprint of the SSH host key that a server shows; "" where it shows none, and for what
            is no server.
    """

    identifier: str
    description: str
    fingerprint: str = ""


class AccountClient(Protocol):
    """The account; every method raises OperateError."""

    def candidates(self, resources: Sequence[PlannedResource]) -> Mapping[str, Sequence[Candidate]]:
        """Return what each resource that would be ordered could take over, by the resource's name."""


class AdoptedStack(Protocol):
    """The part of a stack that an adoption needs; every method raises OperateError."""

    def planned_resources(self) -> Sequence[PlannedResource]:
        """Return what a `pulumi up` would create."""

    def is_unfinished(self) -> bool:
        """Return whether an adoption has begun and not ended."""

    def has_new_root(self) -> bool:
        """Return whether the adoption under way has made a new root secret, in whichever of its runs."""

    def adopt(self, items: Mapping[str, Candidate], *, makes_root: bool) -> str:
        """Bring the stack up by taking over items, and return what was done.

        Args:
            items: Items of the account, by the resource's name; what is not among them is ordered.
            makes_root: Whether this makes a new root secret.
        """


@dataclass(frozen=True)
class AdoptionPlan:
    """What is taken over, and what is not there.

    Attributes:
        adopted: Items to take over, by the resource's name.
        missing: Resources that would be ordered, `KIND NAME`.
        makes_root: Whether a new root secret is made.
    """

    adopted: Mapping[str, Candidate]
    missing: tuple[str, ...] = ()
    makes_root: bool = False

    @property
    def lines(self) -> list[str]:
        """The plan for people."""
        adopted = [_describe(name, candidate) for name, candidate in sorted(self.adopted.items())]
        ordered = [f"{resource} is not in the account and would be ordered" for resource in self.missing]
        keys = [HOST_KEYS] if self.adopted else []
        return [*adopted, *ordered, *keys, *([NEW_ROOT] if self.makes_root else [])]


@dataclass(frozen=True)
class Adoption:
    """An adoption that ended well.

    Attributes:
        adopted: Ids in the account, by the resource's name.
        ordered: Resources that were not in the account, `KIND NAME`.
        changes: Changes that were made, for people.
        new_root: Whether passwords and the authority are new.
    """

    adopted: Mapping[str, str]
    ordered: tuple[str, ...]
    changes: str = ""
    new_root: bool = False

    @property
    def description(self) -> str:
        """What was taken over and done, for the history."""
        parts = [f"took over {', '.join(sorted(self.adopted)) or 'the rest'}"]
        if self.ordered:
            parts.append(f"ordered {', '.join(self.ordered)}")
        if self.new_root:
            parts.append("the root secret is new")
        return "; ".join(filter(None, [*parts, self.changes]))

    def as_json(self) -> dict[str, object]:
        """Return it for programs."""
        return {
            "adopted": dict(self.adopted),
            "ordered": list(self.ordered),
            "changes": self.changes,
            "newRoot": self.new_root,
        }


def adopt(
    stack: AdoptedStack,
    account: AccountClient,
    chosen: Mapping[str, str],
    log: Callable[[str], None],
    confirm: Callable[[str], bool],
) -> Adoption:
    """Take over what is in the account.

    The same command resumes a stopped adoption: what is in the state already stays.

    Args:
        stack: The stack.
        account: Account that is searched for items.
        chosen: Ids in the account that the operator names, by the resource's name.
        log: Receives a line for each step.
        confirm: Called before anything is taken over or ordered.

    Raises:
        RefusedError: The operator does not want it; nothing was changed.
        OperateError: Several items may belong to a resource, or the images are not there.
        NotStartedError: Nothing can be taken over, or a choice is not among the candidates.
    """
    resources = stack.planned_resources()
    plan = plan_adoption(resources, account.candidates(resources), chosen)
    for line in plan.lines:
        log(line)
    if not plan.adopted and not stack.is_unfinished():
        raise NotStartedError(
            "there is nothing to take over: the state has everything, or the account has nothing of it; see"
            " `pulumi preview`"
        )
    if not plan.adopted:
        log("resumes an adoption that did not end: the state has all that is taken over from the account")
    order = f", and order {', '.join(plan.missing)}" if plan.missing else ""
    if not confirm(f"{'Take this over' if plan.adopted else 'Complete the takeover'}{order}?"):
        raise RefusedError("nothing was taken over or ordered")
    changes = stack.adopt(plan.adopted, makes_root=plan.makes_root)
    log(f"adopt ok: {changes}")
    identifiers = {name: candidate.identifier for name, candidate in plan.adopted.items()}
    return Adoption(identifiers, plan.missing, changes, plan.makes_root or stack.has_new_root())


def plan_adoption(
    resources: Sequence[PlannedResource],
    candidates: Mapping[str, Sequence[Candidate]],
    chosen: Mapping[str, str],
) -> AdoptionPlan:
    """Decide what each resource takes over.

    Args:
        resources: Resources that would be created.
        candidates: Candidates by the resource's name.
        chosen: Ids that the operator names.

    Raises:
        NotStartedError: A resource has several candidates, none is chosen, or there is no storage.
    """
    if unknown := sorted(set(chosen) - set(candidates)):
        raise NotStartedError(
            f"--take {unknown[0]} must name a resource that would be ordered: {', '.join(sorted(candidates))}"
        )
    adopted, missing = {}, []
    for resource in resources:
        if resource.name not in candidates:
            continue
        candidate = _choose(resource, candidates[resource.name], chosen.get(resource.name, ""))
        if candidate is not None:
            adopted[resource.name] = candidate
        elif resource.kind == STORAGE:
            raise NotStartedError(
                f"no object storage account of {resource.datacenter} has the stack's containers, so that the"
                " images would be missing; name the account: --take"
                f" {resource.name}=ID (`slcli object-storage accounts`). Nothing was ordered"
            )
        else:
            missing.append(f"{resource.kind} {resource.name}")
    makes_root = any(resource.kind == ROOT for resource in resources)
    return AdoptionPlan(adopted, tuple(missing), makes_root)


def _describe(name: str, candidate: Candidate) -> str:
    line = f"{name} is {candidate.identifier}, {candidate.description}"
    return f"{line}; SSH host key {candidate.fingerprint}" if candidate.fingerprint else line


def _choose(resource: PlannedResource, candidates: Sequence[Candidate], chosen: str) -> Candidate | None:
    if chosen:
        matches = [candidate for candidate in candidates if candidate.identifier == chosen]
        return matches[0] if matches else Candidate(chosen, "by --take")
    if len(candidates) > 1:
        listed = ", ".join(f"{candidate.identifier} ({candidate.description})" for candidate in candidates)
        raise NotStartedError(
            f"{resource.kind} {resource.name} could be {listed}; name one: --take {resource.name}=ID. Nothing"
            " was ordered"
        )
    return candidates[0] if candidates else None
