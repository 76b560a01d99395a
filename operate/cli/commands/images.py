"""The command images."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from messages.progress import step
from operate.cli.errors import report_errors
from operate.cli.parameters import AsJson, ConfigFile, Environment, refuse_options, require_option
from operate.error import NotStartedError, OperateError

if TYPE_CHECKING:
    from operate.images.browser import ImagePage, RepositoryPage
    from operate.images.deletion import Deletion
    from operate.images.registry_client import RegistryClient

_COUNT = 50
_MOST = 1000


def images(
    environment: Environment,
    repository: Annotated[str, typer.Argument(help="Repository whose tags are shown.")] = "",
    delete: Annotated[
        list[str] | None, typer.Option("--delete", metavar="TAG", help="Tag to delete; may be repeated.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Delete without a question.")] = False,
    count: Annotated[
        int, typer.Option("--count", "-n", min=1, max=_MOST, help="Number of entries on a page.")
    ] = _COUNT,
    after: Annotated[str, typer.Option(help="Show the page that begins after this name.")] = "",
    generation: Annotated[str, typer.Option(help="modern or legacy; by default modern, if it runs.")] = "",
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """List repositories, or a repository's tags with sizes, ages and platforms; delete tags.

    A legacy registry is only read.

    Example: operate images prod team/app --delete 1.0
    """
    if delete:
        without_effect = {"--count": count != _COUNT, "--after": bool(after)}
        refuse_options("--delete", "shows no page", without_effect)
    require_option("--delete", "names a tag", {"--yes": yes}, is_given=bool(delete))
    with report_errors():
        from operate.images.browser import ModernBrowser, open_browser
        from operate.images.endpoint import parse_endpoints, select_endpoint
        from operate.stack.automation.outputs import outputs  # the Automation API takes a second to load

        _require_names(repository, delete or (), after)
        endpoints = parse_endpoints(environment, outputs(environment, config_file))
        with open_browser(select_endpoint(endpoints, generation)) as browser:
            if delete:
                if not isinstance(browser, ModernBrowser):
                    raise NotStartedError("a legacy registry is only read; delete with the modern one")
                _delete(browser.client, repository, delete, yes=yes, as_json=as_json)
            elif repository:
                _show_images(browser.images(repository, count, after), environment, as_json=as_json)
            else:
                _show_repositories(browser.repositories(count, after), environment, as_json=as_json)


def _require_names(repository: str, tags: Sequence[str], after: str) -> None:
    """Refuse names that nothing can have, as those of what does not exist.

    Raises:
        NotStartedError: A name cannot be one of a repository, or of a tag.
    """
    from operate.images.names import check_repository, check_tag

    try:
        if repository:
            check_repository(repository)
        for tag in (*tags, *([after] if after and repository else ())):
            check_tag(tag)
        if after and not repository:
            check_repository(after)
    except OperateError as error:
        raise NotStartedError(str(error)) from None


def _delete(
    client: "RegistryClient", repository: str, tags: Sequence[str], *, yes: bool, as_json: bool
) -> None:
    from messages.count import format_count
    from operate.images.deletion import plan_deletion, require_deletable, run_deletion

    if not repository:
        raise NotStartedError("--delete needs a repository: operate images ENV REPOSITORY --delete TAG")
    with step(f"tags of {repository}") as show:
        deletion = plan_deletion(
            client,
            repository,
            tags,
            lambda count: show(f"{format_count(count, 'tag')} of {repository} compared"),
        )
    require_deletable(deletion)
    if not yes:
        _confirm(deletion)
    done = run_deletion(client, deletion)
    if as_json:
        fields = {"repository": repository, "digests": dict(deletion.digests), "done": done}
        _write_json(fields)
    else:
        sys.stdout.writelines(f"{line}\n" for line in done)
        sys.stdout.write(
            "distribution's garbage collection frees the storage later (docs/reference/images.md)\n"
        )


def _confirm(deletion: "Deletion") -> None:
    """Ask; never waits where nobody can answer."""
    sys.stderr.writelines(f"{line}\n" for line in deletion.lines())
    if not sys.stdin.isatty():
        raise NotStartedError("nothing was deleted: there is no terminal to ask on; add --yes")
    if not typer.confirm("Delete?", err=True):
        raise NotStartedError("nothing was deleted")


def _show_repositories(page: "RepositoryPage", environment: str, *, as_json: bool) -> None:
    from operate.images.browser import MOST_COUNTED

    if as_json:
        rows = [
            {"name": repository.name, "tags": repository.tags, "purpose": repository.purpose or None}
            for repository in page.repositories
        ]
        _write_json({"repositories": rows, "after": page.after or None})
        return
    counts = [
        f"{repository.tags}{' or more' if repository.tags >= MOST_COUNTED else ''}"
        for repository in page.repositories
    ]
    _write_table(
        ("repository", "tags", "purpose"),
        [(row.name, tags, row.purpose) for row, tags in zip(page.repositories, counts, strict=True)],
    )
    _write_next(f"operate images {environment}", page.after)


def _show_images(page: "ImagePage", environment: str, *, as_json: bool) -> None:
    from operate.images.display import describe_kind, format_age, format_size

    if as_json:
        rows = [image.as_json() for image in page.images]
        _write_json({"repository": page.repository, "tags": rows, "after": page.after or None})
        return
    now = datetime.now(UTC)
    _write_table(
        ("tag", "size", "age", "digest", "what it is"),
        [
            (
                image.tag,
                format_size(image.size),
                format_age(image.created, now),
                image.digest.removeprefix("sha256:")[:12],
                describe_kind(image),
            )
            for image in page.images
        ],
    )
    _write_next(f"operate images {environment} {page.repository}", page.after)


def _write_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write columns; a name is never cut, since it is to be copied."""
    if not rows:
        sys.stdout.write(f"no {heads[0]} here\n")
        return
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    for row in (heads, *rows):
        line = "  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True))
        sys.stdout.write(f"{line.rstrip()}\n")


def _write_next(command: str, after: str) -> None:
    if after:
        sys.stdout.write(f"more: {command} --after {after}\n")


def _write_json(fields: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(fields, indent=2) + "\n")


def add_images(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(images)
