"""The statements of a source, which are a tenth of its syntax tree."""

import ast
from collections.abc import Iterator

_BODIES = ("body", "handlers", "cases", "orelse", "finalbody")
"""Fields of a node that have statements, or what holds them."""


def statements(node: ast.AST, without: tuple[type[ast.AST], ...] = ()) -> Iterator[ast.AST]:
    """Give the statements below a node, with the handlers and the cases that hold some of them.

    Args:
        node: Module or statement.
        without: Kinds of statements that are left out, with all that is below them.
    """
    for field in _BODIES:
        children = getattr(node, field, ())
        for child in children if isinstance(children, list) else ():
            if not isinstance(child, without):
                yield child
                yield from statements(child, without)
