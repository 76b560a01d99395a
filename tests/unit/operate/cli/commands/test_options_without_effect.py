"""An option that would have no effect beside the others is refused before anything is opened."""

import pytest
from typer.testing import CliRunner

from operate.cli.command_line import app


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("move prod --back --dry-run", "undoes the move under way, and must be given without --dry-run"),
        ("move prod --back --from a", "must be given without --from"),
        ("move prod --back --new-address", "must be given without --new-address"),
        ("rotate authority prod --abort --retire", "and must be given without --retire"),
        ("rotate http-secret prod --abort --overlap 5", "must be given without --overlap"),
        ("rotate root prod --overlap 5", "must be given together with --retire"),
        ("rotate certificate prod --authority root.pem", "must be given together with --certificate"),
        ("recover prod --force", "--force needs --on"),
        ("recover prod --fresh", "--fresh needs --on"),
        ("recover prod --on b --yes", "--on orders nothing, and must be given without --yes"),
        ("route prod --force", "--force needs --to, which names the server to route to"),
        ("observe prod --serve --json", "--json needs --into"),
        ("history prod --report 000001 --json", "must be given without --json"),
        ("history prod --report 000001 -n 5", "must be given without --count"),
        ("images prod team/app --yes", "--yes needs --delete"),
        ("images prod team/app --delete 1 --after a", "must be given without --after"),
        ("images prod team/app --delete 1 -n 5", "must be given without --count"),
        ("rotate password prod --abort --user builder", "must be given without --user"),
        ("rotate certificate prod --abort --certificate c --key-file k", "without --certificate, --key-file"),
        ("rotate http-secret prod --abort --bake 1", "must be given without --bake"),
        ("recover prod --on b --server a", "--on orders nothing, and must be given without --server"),
        ("recover prod --on b --accept-host-key a", "must be given without --accept-host-key"),
    ],
)
def test_an_option_without_effect_is_refused(command: str, reason: str) -> None:
    """`move --back --dry-run` moved the registry back, and the others were silently left out."""
    done = CliRunner().invoke(app, command.split(), env={"COLUMNS": "200"})
    assert done.exit_code == 2
    assert reason in " ".join(done.stderr.replace("\u2502", " ").split())
