"""What the dashboard and a swap's report share: templates, style, tables, plots. Nothing is fetched."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

REPORT_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'unsafe-inline'; img-src data:"
)
"""Content security policy of a report, one file with its style in it: nothing in it runs or is fetched.

The report carries it, so that it also holds where the file is opened from a disk."""
_FOLDER = Path(__file__).resolve().parent


def page_file(name: str) -> str:
    """Return a file of this folder, such as `style.css`."""
    return (_FOLDER / name).read_text()


def render(template: str, **values: object) -> str:
    """Return a page; every value is escaped, and one that a template lacks is an error.

    Args:
        template: Name of a file in `templates`.
        values: Values that the page shows.
    """
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
