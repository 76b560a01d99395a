"""RootSecret: one secret of high entropy; every secret that registries on one store share comes from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pulumi

from components.access.certificate import Issuer, derive, of_generation
from settings import SecretGenerations, SecretName


@dataclass(frozen=True)
class RootSecret:
    """The secret; it lives as long as the images do.

    Attributes:
        value: The root secret. Secret.
        resource: Resource that holds the root secret; None where the operator provided it.
        previous: Root secret before it, while both are accepted. Secret.
        generations: Generations of what is derived from it.
    """

    value: pulumi.Output[str]
    resource: pulumi.Resource | None = None
    previous: pulumi.Output[str] | None = None
    generations: SecretGenerations = field(default_factory=SecretGenerations)

    def derive(self, purpose: str, rotated_as: SecretName | None = None) -> pulumi.Output[str]:
        """Derive the secret for one purpose, as 64 hexadecimal digits.

        Args:
            purpose: Purpose of the derived secret.
            rotated_as: The name by which it is rotated; None rotates with the root alone.
        """
        generation = self.generations[rotated_as] if rotated_as else 1
        return _derive(self.value, purpose, generation)

    def derive_previous(
        self, purpose: str, rotated_as: SecretName | None = None
    ) -> pulumi.Output[str] | None:
        """Derive what is still accepted beside that; None outside of an overlap."""
        accepted = self.generations.accepted(rotated_as) if rotated_as else (1,)
        if len(accepted) > 1:
            return _derive(self.value, purpose, accepted[1])
        return _derive(self.previous, purpose, accepted[0]) if self.previous is not None else None

    @property
    def issuer(self) -> pulumi.Output[Issuer]:
        """Of the stack's certificates; secret."""
        roots = [self.value, *([self.previous] if self.previous is not None else [])]
        return pulumi.Output.secret(pulumi.Output.all(*roots).apply(self._issuer))

    def _issuer(self, roots: Sequence[str]) -> Issuer:
        leaf = self.generations["certificate"]
        authorities = self.generations.accepted("authority")
        before = None
        if len(authorities) > 1:
            before = Issuer(roots[0], authorities[1], leaf)
        elif len(roots) > 1:
            before = Issuer(roots[1], authorities[0], leaf)
        return Issuer(roots[0], authorities[0], leaf, before)

    def chosen_or_derived(self, chosen: pulumi.Output[str] | None, purpose: str) -> pulumi.Output[str]:
        """Return the secret that the operator chose, or where that is empty the one derived for `purpose`."""
        values = pulumi.Output.all(chosen or "", self.derive(purpose))
        return pulumi.Output.secret(values.apply(lambda candidates: str(candidates[0] or candidates[1])))


def _derive(root: pulumi.Output[str], purpose: str, generation: int) -> pulumi.Output[str]:
    label = of_generation(purpose, generation)
    return pulumi.Output.secret(root.apply(lambda value: derive(value, label).hex()))
