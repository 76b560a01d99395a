"""RootSecret: one secret of high entropy; every secret that registries on one store share comes from it."""

from dataclasses import dataclass

import pulumi

from components.certificate import derive


@dataclass(frozen=True)
class RootSecret:
    """The secret; it lives as long as the images do.

    Attributes:
        value: secret.
        resource: that holds it; None where the operator gave it.
    """

    value: pulumi.Output[str]
    resource: pulumi.Resource | None = None

    def derive(self, purpose: str) -> pulumi.Output[str]:
        """Derive the secret for one purpose, as 64 hexadecimal digits."""
        return pulumi.Output.secret(self.value.apply(lambda root: derive(root, purpose).hex()))

    def chosen_or_derived(self, chosen: pulumi.Output[str] | None, purpose: str) -> pulumi.Output[str]:
        """Return the secret that the operator chose, or where that is empty the one derived for `purpose`."""
        values = pulumi.Output.all(chosen or "", self.derive(purpose))
        return pulumi.Output.secret(values.apply(lambda found: str(found[0] or found[1])))
