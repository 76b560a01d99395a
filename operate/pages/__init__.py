"""What the dashboard and a swap's report share: style, tables, plots. Nothing of it is fetched elsewhere."""

from pathlib import Path

REPORT_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'unsafe-inline'; img-src data:"
)
"""Content security policy of a report, one file with its style in it: nothing in it runs or is fetched.

The report carries it, so that it also holds where the file is opened from a disk."""
_FOLDER = Path(__file__).resolve().parent


def page_file(name: str) -> str:
    """Return a file of this folder, such as `style.css`."""
    return (_FOLDER / name).read_text()
