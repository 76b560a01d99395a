"""The command `migrate`: copies legacy images into a v2 registry."""

import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from operate.cli.errors import report_errors
from operate.cli.parameters import remember_stack
from operate.error import OperateError

if TYPE_CHECKING:
    from operate.migration.access import Access
    from operate.migration.migration import MigrationOptions


class Verification(StrEnum):
    """How what was written is checked."""

    QUICK = "quick"
    FULL = "full"


def migrate(
    environment: Annotated[
        str, typer.Argument(help="Stack whose output `operate` names both ends.", callback=remember_stack)
    ] = "",
    auth_url: Annotated[str, typer.Option(help="Swift's v1 auth URL.")] = "",
    username: Annotated[str, typer.Option(help="Swift's account and user, ACCOUNT:USER.")] = "",
    key_file: Annotated[
        Path | None, typer.Option(help="File with Swift's key; by default MIGRATE_SWIFT_KEY.")
    ] = None,
    container: Annotated[str, typer.Option(help="Container of the legacy registry.")] = "",
    storage_path: Annotated[
        str, typer.Option(help="The legacy registry's STORAGE_PATH; by default /registry.")
    ] = "",
    registry: Annotated[str, typer.Option(help="The v2 registry, https://HOST:PORT.")] = "",
    user: Annotated[str, typer.Option(help="User of the v2 registry.")] = "",
    password_file: Annotated[
        Path | None, typer.Option(help="File with its password; by default MIGRATE_REGISTRY_PASSWORD.")
    ] = None,
    authority: Annotated[
        Path | None, typer.Option(help="PEM file of the registry's certificate authority.")
    ] = None,
    storage_origin: Annotated[
        list[str] | None,
        typer.Option(
            help="SCHEME://HOST[:PORT] to which the registry may redirect reads, besides Swift. May be"
            " repeated."
        ),
    ] = None,
    repository: Annotated[
        list[str] | None, typer.Option(help="Repository to migrate; may be repeated. By default all.")
    ] = None,
    rename: Annotated[
        list[str] | None, typer.Option(help="OLD=NEW, for a name that v2 does not allow; may be repeated.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Layers that are copied at once.")] = 4,
    verify: Annotated[
        Verification, typer.Option(help="quick asks for every blob, full reads every blob back.")
    ] = Verification.QUICK,
    overwrite: Annotated[bool, typer.Option(help="Replace tags that somebody else has pushed.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Show the plan and do nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report, or the plan, as JSON.")] = False,
    state: Annotated[
        Path | None, typer.Option(help="Folder of the journal and of layers that are being copied.")
    ] = None,
) -> None:
    """Copy legacy images from their Swift container into a v2 registry; the same command resumes.

    Options override the stack's outputs. The exit code is 1 if one image fails; the others are migrated.

    Example: operate migrate prod --dry-run
    """
    from operate.migration.access import access  # HTTP and Swift take half a second to load
    from operate.migration.migration import MigrationOptions
    from operate.migration.names import repository_names

    with report_errors():
        values = {
            "auth_url": auth_url,
            "username": username,
            "key": _secret(key_file, "MIGRATE_SWIFT_KEY"),
            "container": container,
            "storage_path": storage_path,
            "endpoint": registry,
            "user": user,
            "password": _secret(password_file, "MIGRATE_REGISTRY_PASSWORD"),
            "authority": _content(authority),
            "storage_origins": " ".join(storage_origin or ()),
        }
        values = _read_outputs(environment) | {name: value for name, value in values.items() if value}
        full = verify is Verification.FULL
        names = repository_names(rename or ())
        options = MigrationOptions(
            _folder(state), repository or (), jobs, overwrite=overwrite, full=full, names=names
        )
        act = _show_plan if dry_run else _migrate
        ok = act(access(values), options, as_json=as_json)
    if not ok:
        raise typer.Exit(1)


def _migrate(ends: "Access", options: "MigrationOptions", *, as_json: bool) -> bool:
    from operate.migration.migration import migrate as run_migration
    from operate.migration.progress import ProgressDisplay

    with ProgressDisplay() as display:
        report = run_migration(ends, options, display)
    text = json.dumps(report.as_json(), indent=2) if as_json else "\n".join(report.lines())
    sys.stdout.write(text + "\n")
    return report.ok


def _show_plan(ends: "Access", options: "MigrationOptions", *, as_json: bool) -> bool:
    from operate.migration.migration import plan_only

    plan = plan_only(ends, options)
    text = json.dumps(plan.as_json(), indent=2) if as_json else "\n".join(plan.lines())
    sys.stdout.write(text + "\n")
    return not plan.problems


def _read_outputs(environment: str) -> dict[str, str]:
    if not environment:
        return {}
    from operate.migration.stack_access import values_from_outputs
    from operate.stack.automation.outputs import outputs  # the Automation API takes a second to load

    return values_from_outputs(outputs(environment))


def _secret(file: Path | None, variable: str) -> str:
    return _content(file).strip() if file else os.environ.get(variable, "")


def _content(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise OperateError(f"file {file}: cannot be read as text ({type(error).__name__})") from None


def _folder(state: Path | None) -> Path:
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return (state or Path(home) / "softlayer-registry" / "migration").resolve()


def add_migrate(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(migrate)
