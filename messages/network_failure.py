"""Why a server cannot be reached, in words instead of the names of exceptions and numbers; pure."""

import os
import re
from collections.abc import Iterable, Iterator

_NUMBER = re.compile(r"\[Errno (-?\d+)\]")
_NAME_UNKNOWN = "this machine cannot resolve the host's name"
_WORDS = {-2: _NAME_UNKNOWN, -3: "the name server does not answer", -5: _NAME_UNKNOWN}
"""Of `getaddrinfo`: EAI_NONAME, EAI_AGAIN and EAI_NODATA (netdb.h), the only negative ones."""


def describe_network_failure(error: BaseException, seconds: float | None = None) -> str:
    """Return why a connection failed, for people.

    Args:
        error: Error as the client raised it; what it was raised from is read as well.
        seconds: Seconds for which the caller waited for an answer; None where that is not known.
    """
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, TimeoutError) or "Timeout" in type(cause).__name__:
            return f"no answer within {seconds:g} s" if seconds is not None else "no answer in time"
    if numbers := _numbers(causes):
        return ", ".join(dict.fromkeys(map(_words_of, numbers)))
    return " ".join(str(error).split()) or f"the connection failed ({type(error).__name__})"


def is_name_unknown(error: BaseException) -> bool:
    """Return whether a connection failed since no address of the host's name is known.

    Args:
        error: Error as the client raised it; what it was raised from is read as well.
    """
    return not _WORDS.keys().isdisjoint(_numbers(_causes(error)))


def _numbers(causes: Iterable[BaseException]) -> list[int]:
    return [int(number) for cause in causes for number in _NUMBER.findall(str(cause))]


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it was raised from, at most once each."""
    visited: set[int] = set()
    while error is not None and id(error) not in visited:
        visited.add(id(error))
        yield error
        error = error.__cause__


def _words_of(number: int) -> str:
    text = _WORDS.get(number) or os.strerror(number)
    return text[:1].lower() + text[1:]
