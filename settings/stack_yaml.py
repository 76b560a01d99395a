"""The YAML of a stack file, read at least as strictly as Pulumi reads it.

What Pulumi refuses is named with its place before Pulumi is asked. Source: gopkg.in/yaml.v3, which Pulumi
uses, and what `pulumi config` 3.259 answers to the files of tests/unit/settings/test_stack_yaml.py.
"""

import re
from dataclasses import dataclass

import yaml

Path = tuple[str | int, ...]
"""Keys that lead to a value; an index of a list is a number."""

_CORE = "tag:yaml.org,2002:"
_BOOLEAN, _TIMESTAMP, _VALUE, _FLOAT = f"{_CORE}bool", f"{_CORE}timestamp", f"{_CORE}value", f"{_CORE}float"
_TEXT, _MERGE = f"{_CORE}str", f"{_CORE}merge"
_TAGS = frozenset(f"{_CORE}{kind}" for kind in ("null", "bool", "int", "float", "str", "map", "seq", "merge"))
_MOST_VALUES = 100_000
"""Values that a file may have once its aliases are put in (choice)."""
_VERSION = (1, 1)
"""Of YAML, the only one that Pulumi's parser takes in a directive."""


class StackYamlError(Exception):
    """A text is no YAML that Pulumi takes; the message names line and column."""


@dataclass(frozen=True)
class RepeatedKey:
    """A key that a mapping has more than once.

    Attributes:
        path: The key, and those that lead to it.
        lines: Lines of the first one, and of the repeated one.
    """

    path: Path
    lines: tuple[int, int]


@dataclass(frozen=True)
class StackYaml:
    """What a text has; all its keys are texts, as Pulumi hands them over.

    Attributes:
        content: Values of the file; None where it is empty.
        repeated_keys: Keys that a mapping has more than once, which Pulumi refuses.
        other_keys: Keys of the file and of its `config` that are no texts, which Pulumi refuses.
    """

    content: object
    repeated_keys: tuple[RepeatedKey, ...] = ()
    other_keys: tuple[str, ...] = ()


class _Loader(yaml.SafeLoader):
    """Resolves scalars as Pulumi does, by YAML 1.2: `yes` is a text, and so is a date."""

    yaml_version: tuple[int, int] | None

    def process_directives(self) -> object:
        """Read the directives before a document."""
        directives: object = super().process_directives()  # type: ignore[no-untyped-call]
        if self.yaml_version and self.yaml_version != _VERSION:
            raise yaml.MarkedYAMLError(
                problem="the directive %YAML must be 1.1, or be left out", problem_mark=self.get_mark()
            )
        return directives


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in (_BOOLEAN, _TIMESTAMP, _VALUE)]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOLEAN, re.compile("^(true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


def parse_stack_yaml(content: bytes) -> StackYaml:
    """Return what the text of a stack file has.

    Raises:
        StackYamlError: Pulumi would refuse it, or leave a part of it out.
    """
    text = _decode(content)
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return StackYaml(None)
        walk = _Walk()
        walk.measure(node)
        return StackYaml(loader.construct_document(node), tuple(walk.repeated_keys), tuple(walk.other_keys))
    except yaml.MarkedYAMLError as error:
        raise StackYamlError(f"must be YAML; {_describe(error)}") from None
    except yaml.reader.ReaderError as error:
        place = _place(text[: error.position])
        raise StackYamlError(f"must be YAML; {place}: a control character is not allowed") from None
    except RecursionError:
        raise StackYamlError("must be YAML; its values are nested too deeply") from None
    except ValueError as error:  # such as the number `0b`
        raise StackYamlError(f"must be YAML; {' '.join(str(error).split())}") from None


def _decode(content: bytes) -> str:
    try:
        return content.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        place = _place(content[: error.start].decode(errors="replace"))
        raise StackYamlError(f"must be UTF-8; {place}: got the byte 0x{content[error.start]:02X}") from None


def _describe(error: yaml.MarkedYAMLError) -> str:
    mark, start = error.problem_mark, error.context_mark
    place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    begins = f" (which begins in line {start.line + 1})" if start and mark and start.line != mark.line else ""
    context = f"{error.context}{begins}" if error.context else ""
    return place + " ".join(", ".join(filter(None, [context, error.problem])).split())


def _place(before: str) -> str:
    """Return line and column behind a text."""
    lines = re.split("\r\n|\r|\n", before)
    return f"line {len(lines)}, column {len(lines[-1]) + 1}"


class _Walk:
    """Goes through the nodes of a file, makes its keys texts, and refuses what Pulumi refuses.

    Attributes:
        repeated_keys: Keys that a mapping has more than once.
        other_keys: Keys of the file and of its `config` that were no texts.
    """

    def __init__(self) -> None:
        self.repeated_keys: list[RepeatedKey] = []
        self.other_keys: list[str] = []
        self._sizes: dict[int, int] = {}
        self._entered: set[int] = set()

    def measure(self, node: yaml.Node, path: Path = ()) -> int:
        """Return how many values a node has, those of its aliases included.

        Raises:
            MarkedYAMLError: Pulumi would refuse it.
        """
        if id(node) not in self._sizes:
            if id(node) in self._entered:
                raise _error("an alias must not be inside of its own anchor", node)
            self._entered.add(id(node))
            self._sizes[id(node)] = 1 + self._measure_parts(node, path)
        if self._sizes[id(node)] > _MOST_VALUES:
            raise _error(f"it must have at most {_MOST_VALUES} values, those of aliases included", node)
        return self._sizes[id(node)]

    def _measure_parts(self, node: yaml.Node, path: Path) -> int:
        if node.tag not in _TAGS:
            raise _error(f"the tag {node.tag.removeprefix(_CORE)} must be left out", node)
        if isinstance(node, yaml.MappingNode):
            self._read_keys(node, path)
            return sum(
                self.measure(key) + self.measure(value, (*path, str(key.value))) for key, value in node.value
            )
        if isinstance(node, yaml.SequenceNode):
            return sum(self.measure(item, (*path, index)) for index, item in enumerate(node.value))
        if node.tag == _FLOAT and node.value.lower().lstrip("+-") in (".inf", ".nan"):
            raise _error(f"a number must be finite, got {node.value}", node)
        return 0

    def _read_keys(self, node: yaml.MappingNode, path: Path) -> None:
        lines: dict[str, int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _error("a key must be a text", key)
            line = key.start_mark.line + 1
            if key.value in lines:
                self.repeated_keys.append(RepeatedKey((*path, key.value), (lines[key.value], line)))
            else:
                lines[key.value] = line
            if key.tag not in (_TEXT, _MERGE):
                if path in ((), ("config",)):
                    self.other_keys.append(key.value)
                key.tag = _TEXT


def _error(problem: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
