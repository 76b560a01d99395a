"""The text of a stack file with the settings that a rotation was given as they were before it; pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from operate.error import RefusedError
from operate.rotate.file_text import file_content, settings_of

_NAMESPACE = "softlayer-registry:"
_ENCRYPTION = ("encryptionsalt", "encryptedkey", "secretsprovider")
"""What a stack file says of how its secrets are encrypted."""


def restored_text(before: str, present: str, paths: Collection[str]) -> str:
    """Return the text of a stack file in which some settings have every byte that they had before.

    All else stays as it is, comments included.

    Args:
        before: Text before the rotation.
        present: Text now.
        paths: Paths of the settings that the rotation has written; `registryUsers["jane"]` is a part of one.

    Raises:
        RefusedError: Somebody has edited a part of the same setting, or the secrets of before cannot be
            decrypted any more.
    """
    old, now = settings_of(before), settings_of(present)
    changed = list(dict.fromkeys(_setting_of(path) for path in paths if _at(path, old) != _at(path, now)))
    if not changed:
        return present
    for name in changed:
        _require_same_parts(name, old.get(name), now.get(name), paths)
    _require_same_encryption(before, present)
    text, blocks = present, _blocks(before)
    for name in changed:
        text = _with_block(text, name, blocks.get(name))
    desired = {name: value for name, value in now.items() if name not in changed}
    if settings_of(text) != desired | {name: old[name] for name in changed if name in old}:
        raise RefusedError(
            f"the stack file cannot be brought back to what it had before in {', '.join(changed)}; nothing"
            " was changed. Restore these settings from version control, then run the same command again"
        )
    return text


def _setting_of(path: str) -> str:
    return path.partition("[")[0]


def _at(path: str, settings: Mapping[str, object]) -> object:
    """Return the value of a setting, or of the part of one that a path such as `users["jane"]` names."""
    name, _, part = path.removesuffix('"]').partition('["')
    value = settings.get(name)
    if not part:
        return value
    return value.get(part) if isinstance(value, Mapping) else None


def _require_same_parts(name: str, before: object, present: object, paths: Collection[str]) -> None:
    """Refuse to take back what others have written to the parts of a setting that is an object."""
    if name in paths:
        return
    old, now = (value if isinstance(value, Mapping) else {} for value in (before, present))
    parts = [part for part in dict.fromkeys([*old, *now]) if old.get(part) != now.get(part)]
    if edited := [part for part in parts if f'{name}["{part}"]' not in paths]:
        raise RefusedError(
            f"{', '.join(edited)} of {name} was edited in the stack file since the rotation was started;"
            " nothing was changed. Take the edit back, run the same command again, then edit it anew"
        )


def _require_same_encryption(before: str, present: str) -> None:
    old, now = file_content(before), file_content(present)
    if any(old.get(key) not in (None, now.get(key)) for key in _ENCRYPTION):
        raise RefusedError(
            "the passphrase was changed since the rotation was started, so that the secret of before cannot"
            " be decrypted; nothing was changed. The same command without --abort finishes the rotation"
        )


@dataclass(frozen=True)
class _Block:
    """The lines of one setting in a stack file, without empty lines and comments after it."""

    lines: Sequence[str]
    begin: int
    end: int
    column: int

    def indented(self, column: int) -> list[str]:
        """Return the lines with the setting's name at a column."""
        lines = [f"{line.rstrip(chr(10))}\n" for line in self.lines]
        return [" " * column + line[self.column :] if line.strip() else line for line in lines]


def _with_block(text: str, name: str, block: _Block | None) -> str:
    """Return a text with the lines of one setting replaced; without them where it had none before."""
    blocks, lines = _blocks(text), text.splitlines(keepends=True)
    if not blocks:
        return text
    last = max(blocks.values(), key=lambda each: each.end)
    place = blocks.get(name) or _Block((), last.end, last.end, last.column)
    lines[place.begin : place.end] = block.indented(place.column) if block else []
    return "".join(lines)


def _blocks(text: str) -> dict[str, _Block]:
    """Return the lines of each setting, without namespace; none where the file has another form."""
    import yaml  # `operate history` does not wait for it

    root = yaml.compose(text, Loader=yaml.SafeLoader)
    entries = root.value if isinstance(root, yaml.MappingNode) else ()
    config = next((value for key, value in entries if key.value == "config"), None)
    if not isinstance(config, yaml.MappingNode) or config.flow_style:
        return {}
    lines = text.splitlines(keepends=True)
    begins = [key.start_mark.line for key, _ in config.value]
    # A file may end without the end of its last line.
    ends = [*begins[1:], config.end_mark.line + bool(config.end_mark.column)]
    return {
        key.value.removeprefix(_NAMESPACE): _block(lines, begin, end, key.start_mark.column)
        for (key, _), begin, end in zip(config.value, begins, ends, strict=True)
    }


def _block(lines: Sequence[str], begin: int, end: int, column: int) -> _Block:
    while end > begin + 1 and _is_between(lines[end - 1], column):
        end -= 1
    return _Block(lines[begin:end], begin, end, column)


def _is_between(line: str, column: int) -> bool:
    """Whether a line belongs to no setting: it is empty, or a comment that is indented no further."""
    content = line.strip()
    return not content or (content.startswith("#") and len(line) - len(line.lstrip()) <= column)
