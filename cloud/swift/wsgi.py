"""The shapes of WSGI, which Swift's middlewares speak."""

from collections.abc import Callable, Iterable
from typing import Any

Environment = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environment, StartResponse], Iterable[bytes]]
