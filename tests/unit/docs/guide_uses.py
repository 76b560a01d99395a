"""What tests do with the guides, read from their sources."""

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class GuideUse:
    """A command of a guide that a test takes from the text.

    Attributes:
        guide: name of the guide.
        step: name of the step.
        position: of the command in the step.
    """

    guide: str
    step: str
    position: int = 0


def guide_uses(source: str, guides: Collection[object]) -> Iterator[GuideUse]:
    """Yield the commands that a test module takes by `follow` or `guide_command`.

    Args:
        source: of the test module.
        guides: names of the guides; calls with another first argument are none of theirs.
    """
    if not any(f'"{guide}"' in source for guide in guides):
        return
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or _name(node.func) not in ("follow", "guide_command"):
            continue
        words = [_constant(argument) for argument in node.args]
        if len(words) < 2 or words[0] not in guides:
            continue
        keywords = {keyword.arg: _constant(keyword.value) for keyword in node.keywords}
        second = words[2] if _name(node.func) == "guide_command" and len(words) > 2 else None
        position = keywords.get("position", second)
        yield GuideUse(str(words[0]), str(words[1]), position if isinstance(position, int) else 0)


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _constant(expression: ast.expr) -> object:
    return expression.value if isinstance(expression, ast.Constant) else None
