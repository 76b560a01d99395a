"""The dashboard's HTML, from a status as plain data; pure.

The page is rendered here, whole; in the browser a few lines fetch its middle again every two seconds.
"""

from collections.abc import Mapping, Sequence
from html import escape

_STYLE = (
    "body{font:15px system-ui,sans-serif;margin:2em auto;max-width:64em;color:#222}"
    "table{border-collapse:collapse;margin:.5em 0 1.5em}td,th{padding:.25em .9em;text-align:left;"
    "border-bottom:1px solid #ddd}.live{background:#e6f6e6}.bad{color:#b00}.red{border-left:6px solid #c22}"
    ".black{border-left:6px solid #111}#stale{display:none;color:#b00}"
)
_SCRIPT = (
    "async function again(){const stale=document.getElementById('stale');try{"
    "const answer=await fetch('/body',{cache:'no-store'});if(!answer.ok)throw answer.status;"
    "document.getElementById('body').innerHTML=await answer.text();stale.style.display='none'}"
    "catch(error){stale.style.display='block'}setTimeout(again,2000)}setTimeout(again,2000)"
)
SCRIPT_PATH = "/again.js"


def script() -> str:
    """The few lines that fetch the middle again."""
    return _SCRIPT


def page(environment: str, body: str) -> str:
    """The whole page.

    Args:
        environment: the stack's name.
        body: its middle.
    """
    title = escape(f"{environment}: colours")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"<h1>{title}</h1><p id='stale'>The figures are old: operate dashboard does not answer.</p>"
        f'<main id="body">{body}</main><script src="{SCRIPT_PATH}"></script></html>'
    )


def body(status: Mapping[str, object]) -> str:
    """The middle of the page.

    Args:
        status: as `Status.as_json` gives it.
    """
    return "".join((_colours(status), _doors(status), _lock(status), _swap(status)))


def failure(reason: str) -> str:
    """The middle where the status cannot be had."""
    return f'<p class="bad" role="alert">{escape(reason)}</p>'


def _colours(status: Mapping[str, object]) -> str:
    rows = []
    for name, colour in _mapping(status["colours"]).items():
        if isinstance(colour, Mapping):
            live = "live" if colour["live"] else ""
            containers = ", ".join(str(one) for one in _sequence(colour["containers"]))
            rows.append(_row((name, colour["release"], live, containers), f"{name} {live}"))
    return f"<h2>Colours</h2>{_table(('colour', 'release', '', 'containers'), rows)}"


def _doors(status: Mapping[str, object]) -> str:
    rows = []
    for door in _sequence(status["doors"]):
        told = _mapping(door)
        live = _mapping(told["live"])
        for name, counters in _mapping(told["traffic"]).items():
            generation, _, colour = name.partition(" ")
            one = _mapping(counters)
            state = "live" if live.get(generation) == colour else ""
            failed = f"{one['failed']}"
            rows.append(
                _row(
                    (
                        told["datacenter"],
                        told["server"],
                        told["endpoint"],
                        name,
                        state,
                        one["sessions"],
                        one["requests"],
                        failed,
                        f"{one['response_ms']} ms",
                        "yes" if one["up"] else "no",
                    ),
                    f"{colour} {state} {'' if one['up'] else 'bad'}",
                )
            )
    heads = (
        "datacenter",
        "server",
        "endpoint",
        "registry",
        "",
        "transfers",
        "requests",
        "failed",
        "first byte",
        "well",
    )
    return f"<h2>Doors</h2>{_table(heads, rows)}"


def _lock(status: Mapping[str, object]) -> str:
    lock = status["lock"]
    said = str(lock["said"]) if isinstance(lock, Mapping) else "not locked"
    return f"<h2>Lock</h2><p>{escape(said)}</p>"


def _swap(status: Mapping[str, object]) -> str:
    shown = []
    for title, key in (("Under way", "swap"), ("Last", "last")):
        entry = status[key]
        if not isinstance(entry, Mapping):
            continue
        steps = [
            _row((step["at"], step["name"], f"{step['seconds']} s", step["outcome"], step["said"]), "")
            for step in map(_mapping, _sequence(entry["steps"]))
        ]
        following = f"; next: {entry['next']}" if "next" in entry else ""
        line = (
            f"{entry['kind']} to release {entry['release']} by {entry['who']} since {entry['at']}:"
            f" {entry['result']}{following} {entry['reason']}"
        )
        heads = ("at", "step", "took", "", "said")
        shown.append(f"<h2>{title}</h2><p>{escape(line)}</p>{_table(heads, steps)}")
    return "".join(shown)


def _table(heads: Sequence[str], rows: Sequence[str]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _row(cells: Sequence[object], kind: str) -> str:
    inside = "".join(f"<td>{escape(str(cell))}</td>" for cell in cells)
    return f'<tr class="{escape(kind.strip())}">{inside}</tr>'


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError("the status has another shape")
    return value


def _sequence(value: object) -> Sequence[object]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise TypeError("the status has another shape")
    return value
