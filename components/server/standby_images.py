"""The images of a standby that somebody removed from it, as a prune does; pure.

A plain `pulumi up` does not check whether Docker still has an image. So each standby records a token of each
image, which is among the inputs of the build: where an image is missing, the token changes, and the image is
built again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class StandbyImages:
    """The images of one standby.

    Attributes:
        tokens: Recorded tokens by the image's name.
        missing: Names of those that are not on it any more.
    """

    tokens: Mapping[str, str] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()

    def token(self, image: str, fresh: str) -> str:
        """Return the token that an image is built with.

        Args:
            image: Name of the image.
            fresh: Token that differs from all before.
        """
        return fresh if image in self.missing else self.tokens.get(image, "")


def read_images(output: str) -> StandbyImages:
    """Read what standby-images.sh printed; what is no such line is left out."""
    tokens, missing = {}, set()
    for line in output.splitlines():
        state, _, image_entry = line.partition(" ")
        image, _, token = image_entry.partition(" ")
        if state not in ("present", "missing") or not image:
            continue
        tokens[image] = token
        if state == "missing":
            missing.add(image)
    return StandbyImages(tokens, frozenset(missing))
