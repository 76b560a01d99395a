"""Writes Pulumi.yaml and docs/reference/settings.md from the table of settings: `python -m settings`."""

from pathlib import Path

from settings.table import SECTIONS, SETTINGS
from settings.table.page import page
from settings.table.project_file import project_file

_CHECKOUT = Path(__file__).resolve().parents[1]


def reference() -> dict[Path, str]:
    """Return the files that are made from the table, with the content that they must have."""
    project, document = _CHECKOUT / "Pulumi.yaml", _CHECKOUT / "docs" / "reference" / "settings.md"
    return {
        project: project_file(project.read_text(), SETTINGS),
        document: page(document.read_text(), SECTIONS),
    }


if __name__ == "__main__":
    for file, content in reference().items():
        file.write_text(content)
