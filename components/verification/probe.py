"""How a registry is probed, by generation: push, pull, and the object that must be in the storage."""

from dataclasses import dataclass
from typing import Literal

import pulumi

_REPOSITORY = "verification/probe"
_TAG = "probe"


class ProbeError(pulumi.RunError):
    """The pulled image differs from the pushed one, or is not in the storage."""


@dataclass(frozen=True)
class ProbeTarget:
    """The registry that is probed.

    Attributes:
        address: Address, `HOST:PORT`.
        endpoint: Endpoint, `https://HOST:PORT`, or http.
        user: User name; "" where the registry requires no authentication.
        secured: Whether it has TLS; its authority is then where Docker finds it.
        repository: Repository of the probe; each concurrent probe has its own, as they share a storage.
    """

    address: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    user: str
    secured: bool
    repository: str = _REPOSITORY

    @property
    def authority(self) -> pulumi.Input[str]:
        """Where trust-registry.sh puts the registry's authority; "" where there is none."""
        return pulumi.Output.format("/etc/docker/certs.d/{0}/ca.crt", self.address) if self.secured else ""


@dataclass(frozen=True)
class Probe:
    """One way of pushing and pulling, by scripts of `components/scripts`.

    Attributes:
        generation: Generation of the registry.
        push: Script that prints what was pushed: the image's digest, then digests of its content.
        pull: Script that prints what came back.
    """

    generation: Literal["modern", "legacy"]
    push: str
    pull: str

    def push_arguments(self, target: ProbeTarget) -> tuple[pulumi.Input[str], ...]:
        """Arguments of the push."""
        if self.generation == "modern":
            return (target.address, target.repository, target.user)
        return (target.endpoint, target.repository, _TAG, "-", target.user, target.authority)

    def pull_arguments(self, target: ProbeTarget, pushed: pulumi.Input[str]) -> tuple[pulumi.Input[str], ...]:
        """Arguments of the pull; `pushed` is what the push printed."""
        if self.generation == "modern":
            return (target.address, target.repository, target.user, pushed)
        return (target.endpoint, target.repository, _TAG, "-", pushed, target.user, target.authority)

    def object_name(self, pushed: str, prefix: str, repository: str = _REPOSITORY) -> str:
        """Where the storage has what was pushed.

        Args:
            pushed: Output of the push.
            prefix: Prefix of the storage driver's object names.
            repository: Repository of the probe.
        """
        if self.generation == "legacy":
            # docker-registry-core 1.0, storage paths: /registry is the flavor's default.
            return f"registry/repositories/{repository}/tag_{_TAG}"
        algorithm, _, encoded = pushed.split()[0].partition(":")
        return f"{prefix}docker/registry/v2/blobs/{algorithm}/{encoded[:2]}/{encoded}/data"

    def verify_round_trip(self, pushed: str, pulled: str, object_name: str, objects: list[str]) -> str:
        """Verify that the image was pushed, pulled and stored, and return its digest.

        Args:
            pushed: Output of the push.
            pulled: Output of the pull.
            object_name: Name that the object must have in the storage.
            objects: Names of the objects in the storage.

        Raises:
            ProbeError: The pulled image differs, or the object is missing.
        """
        digest = pushed.split()[0]
        expected = digest if self.generation == "modern" else pushed.strip()
        if pulled.strip() != expected:
            raise ProbeError(f"pushed {expected} and pulled {pulled.strip()}: the registry mixes up images")
        if object_name not in objects:
            raise ProbeError(
                f"{digest} was pushed and pulled, but {object_name} is not in the storage: the registry keeps"
                " its data elsewhere; correct the storage settings of the stack file"
            )
        return digest


MODERN = Probe("modern", "push-probe.sh", "pull-probe.sh")
LEGACY = Probe("legacy", "v1-push.sh", "v1-pull.sh")
