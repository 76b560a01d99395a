"""The names that repositories get in the v2 registry where they cannot keep their own."""

from collections.abc import Iterable, Mapping

from operate.error import NotStartedError
from operate.migration.plan import is_repository_name


def repository_names(renames: Iterable[str]) -> Mapping[str, str]:
    """Read `OLD=NEW` pairs: v1 name to v2 name.

    Raises:
        NotStartedError: A text is no such pair, its new name is not allowed in v2, or its old one has
            another.
    """
    names: dict[str, str] = {}
    for rename in renames:
        old, equals, new = rename.rpartition("=")
        if not (old and equals and is_repository_name(new)):
            raise NotStartedError(
                f"--rename {rename!r}: must be OLD=NEW, and NEW of lower case letters and digits with single"
                " . _ or - between them, such as 'my..app=my-app'"
            )
        if names.setdefault(old, new) != new:
            raise NotStartedError(
                f"--rename {rename!r}: {old} is to become {names[old]} as well; give it one name"
            )
    return names
