"""One setting: what the reader, Pulumi.yaml and the page of settings know of it."""

from dataclasses import dataclass
from typing import Literal

SettingType = Literal["string", "integer", "boolean", "array", "object"]
"""Types of Pulumi's configuration; the elements of an array are of the type that `items` names."""
ReleasePart = Literal["modern", "legacy", "either", "storage", "swift", "s3"]
"""Parts of a release: a generation or either of them, a storage or any of them."""


@dataclass(frozen=True)
class Setting:
    """A key of the stack file.

    Attributes:
        key: Key without the namespace `softlayer-registry:`.
        type: Type of its value.
        meaning: What it is for, in whole sentences, with units.
        default: Plain JSON value where the stack file has none; None for a setting that must be given, for a
            secret, and for one that may be absent.
        fallback: What counts where the value is empty or 0, for people; "" where the default is that.
        see: Page with more, relative to docs/; "" for none.
        items: Type of the elements of an array.
        is_secret: Whether `pulumi config set --secret` sets it. Pulumi.yaml does not have it, since Pulumi
            would want its default encrypted as well.
        is_optional: Whether it may be absent without a default.
        release_key: Key by which a release overrides it; "" where none may.
        release_of: What a release must have to override it: a generation, or a storage.
    """

    key: str
    type: SettingType
    meaning: str
    default: object = None
    fallback: str = ""
    see: str = ""
    items: SettingType = "string"
    is_secret: bool = False
    is_optional: bool = False
    release_key: str = ""
    release_of: ReleasePart = "either"

    @property
    def is_required(self) -> bool:
        """Whether the stack file must have it."""
        return self.default is None and not self.is_optional


def secret(
    key: str, meaning: str, *, kind: SettingType = "string", fallback: str = "", see: str = ""
) -> Setting:
    """Return a setting that Pulumi keeps encrypted."""
    return Setting(key, kind, meaning, fallback=fallback, see=see, is_secret=True, is_optional=True)
