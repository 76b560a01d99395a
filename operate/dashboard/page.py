"""The dashboard's HTML, from what was seen; pure.

The page is rendered here, whole. In the browser `again.js` fetches its middle every two seconds and takes
what has changed in each part: so the parts are always all there, and keep their order.
"""

from html import escape

from operate.dashboard.parts import colours, doors, last, lock, traffic, under_way
from operate.dashboard.state import DashboardState, alarms, summary

SCRIPT_PATH, STYLE_PATH, ICON_PATH = "/again.js", "/style.css", "/icon.svg"


def page(state: DashboardState) -> str:
    """The whole page."""
    title = escape(f"{state.environment}: registry")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
        f'<link rel="icon" href="{ICON_PATH}"><link rel="stylesheet" href="{STYLE_PATH}">'
        '<noscript><meta http-equiv="refresh" content="5"></noscript></head>'
        f"<body><header><h1>{title}</h1></header>"
        '<p id="unavailable" class="alarm" role="alert" hidden></p>'
        f'<main id="body">{body(state)}</main><script src="{SCRIPT_PATH}"></script></body></html>'
    )


def body(state: DashboardState) -> str:
    """The middle of the page."""
    wrong = alarms(state)
    alarm_items = "".join(f"<li>{escape(alarm)}</li>" for alarm in wrong)
    summary_text = summary(state.status, len(wrong)) if state.status else ""
    parts = [
        _part("source", _source(state), ' role="alert"'),
        # Read aloud when it changes; the alarms' own numbers change with every look.
        _part("summary", escape(summary_text), ' role="status"'),
        _part("alarms", f'<ul class="alarm" aria-label="What is wrong">{alarm_items}</ul>' if wrong else ""),
    ]
    status = state.status
    sections = {
        "colours": colours(state, status) if status else "",
        "swap": under_way(state, status) if status else "",
        "traffic": traffic(state),
        "doors": doors(status) if status else "",
        "last": last(status) if status else "",
        "lock": lock(status) if status else "",
    }
    parts += [_part(name, inside) for name, inside in sections.items()]
    at = f"{state.at:%Y-%m-%dT%H:%M:%SZ}"
    parts.append(_part("at", f'As of <time datetime="{at}">{state.at:%H:%M:%S}</time> UTC'))
    return "".join(parts)


def failure(reason: str) -> str:
    """Return a page that shows an error alone."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>not found</title>'
        f'<link rel="icon" href="{ICON_PATH}"><link rel="stylesheet" href="{STYLE_PATH}">'
        f'<p class="alarm" role="alert">{escape(reason)}</p>'
    )


def _part(name: str, inside: str, attributes: str = "") -> str:
    return f'<div id="{name}"{attributes}>{inside}</div>'


def _source(state: DashboardState) -> str:
    if not state.unavailable:
        return ""
    old = f" What is shown is of {state.at:%H:%M:%S} UTC." if state.status else ""
    return f'<p class="alarm">{escape(f"Status unavailable: {state.unavailable}.{old}")}</p>'
