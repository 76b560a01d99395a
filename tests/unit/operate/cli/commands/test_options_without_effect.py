"""An option that would have no effect beside the others is refused before anything is opened."""

import pytest
from typer.testing import CliRunner

from operate.cli.command_line import app


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("move prod --back --dry-run", "--back undoes the move under way, and goes without --dry-run"),
        ("move prod --back --from a", "goes without --from"),
        ("move prod --back --new-address", "goes without --new-address"),
        ("rotate authority prod --abort --retire", "gives the rotation up, and goes without --retire"),
        ("rotate http-secret prod --abort --overlap 5", "goes without --overlap"),
        ("rotate root prod --overlap 5", "counts when the old secret is given up: with --retire"),
        ("rotate certificate prod --authority root.pem", "of a certificate of your own: with --certificate"),
        ("recover prod --force", "--force goes with --on"),
        ("recover prod --fresh", "--fresh goes with --on"),
        ("recover prod --on b --server a", "--on orders nothing, and goes without --server"),
        ("recover prod --on b --accept-host-key a", "goes without --accept-host-key"),
    ],
)
def test_an_option_without_effect_is_refused(command: str, reason: str) -> None:
    """`move --back --dry-run` moved the registry back, and the others were silently left out."""
    done = CliRunner().invoke(app, command.split(), env={"COLUMNS": "200"})
    assert done.exit_code == 2
    assert reason in " ".join(done.stderr.replace("\u2502", " ").split())
