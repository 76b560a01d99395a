"""What the dashboard and a swap's report share: style, tables, plots. Nothing of it is fetched elsewhere."""

from pathlib import Path

_FOLDER = Path(__file__).resolve().parent


def page_file(name: str) -> str:
    """Return a file of this folder, such as `style.css`."""
    return (_FOLDER / name).read_text()
