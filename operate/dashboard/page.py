"""The dashboard's HTML, from what was seen; pure.

The pages are rendered here, whole, by the templates of `operate.pages`. In the browser `again.js` fetches the
middle of the stack's page every two seconds and takes what has changed in each part: so the parts are always
all there, and keep their order. Without scripts the page reloads itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from operate.dashboard.source import History
from operate.dashboard.state import DashboardState
from operate.dashboard.view import present_colours, stack_view, traffic_plots
from operate.images.browser import MOST_COUNTED, ImagePage, RepositoryPage
from operate.images.display import describe_kind, format_age, format_size
from operate.pages import render
from operate.pages.table import Cell, Table, figure

SCRIPT_PATH, STYLE_PATH, ICON_PATH = "/again.js", "/style.css", "/icon.svg"
STACK_PATH, TRAFFIC_PATH, IMAGES_PATH = "/", "/traffic", "/images"


@dataclass(frozen=True)
class Paths:
    """Where things are, for the templates."""

    script: str = SCRIPT_PATH
    style: str = STYLE_PATH
    icon: str = ICON_PATH
    traffic: str = TRAFFIC_PATH
    pages: Sequence[tuple[str, str]] = (
        ("Stack", STACK_PATH),
        ("Traffic", TRAFFIC_PATH),
        ("Images", IMAGES_PATH),
    )


_PATHS = Paths()


def page(state: DashboardState) -> str:
    """The whole page of a stack."""
    return _page("stack.html", state.environment, STACK_PATH, view=stack_view(state))


def body(state: DashboardState) -> str:
    """The middle of the page."""
    return render("stack_body.html", view=stack_view(state), paths=_PATHS)


def traffic_page(state: DashboardState, history: History) -> str:
    """The page of what was counted since the dashboard started, some hours at most."""
    colours = present_colours(state.status)
    plots = traffic_plots(history, colours, 860)
    return _page("traffic.html", state.environment, TRAFFIC_PATH, plots=plots, colours=colours)


def repositories_page(environment: str, listing: RepositoryPage, after: str) -> str:
    """A page of repositories.

    Args:
        environment: Name of the stack.
        listing: The repositories.
        after: Name after which this page begins; "" on the first one.
    """
    rows = []
    for repository in listing.repositories:
        tags = figure(repository.tags)
        if repository.tags >= MOST_COUNTED:
            tags = Cell(f"{tags.text} or more", "number")
        rows.append(
            (
                "",
                [
                    Cell(repository.name, head=True, link=_repository_path(repository.name)),
                    tags,
                    Cell(repository.purpose),
                ],
            )
        )
    return _page(
        "repositories.html",
        environment,
        IMAGES_PATH,
        rows=Table("Repositories", ["repository", "#tags", "purpose"], rows),
        after=after,
        first=IMAGES_PATH,
        next=_next(IMAGES_PATH, listing.after),
    )


def images_page(environment: str, listing: ImagePage, after: str, now: datetime) -> str:
    """A page of a repository's tags.

    Args:
        environment: Name of the stack.
        listing: The tags.
        after: Name after which this page begins; "" on the first one.
        now: Present time, aware.
    """
    rows = [
        (
            "",
            [
                Cell(image.tag, head=True),
                Cell(format_size(image.size), "number"),
                Cell(format_age(image.created, now), "number"),
                Cell(describe_kind(image), "" if image.digest else "bad"),
                Cell(image.digest, "digest"),
            ],
        )
        for image in listing.images
    ]
    path = _repository_path(listing.repository)
    return _page(
        "images.html",
        environment,
        path,
        repository=listing.repository,
        rows=Table(f"Tags of {listing.repository}", ["tag", "#size", "#age", "what it is", "digest"], rows),
        after=after,
        first=path,
        next=_next(path, listing.after),
    )


def failure(reason: str) -> str:
    """Return a page that shows an error alone."""
    return render("failure.html", reason=reason, paths=_PATHS)


def _page(template: str, environment: str, here: str, **values: object) -> str:
    common = {"environment": environment, "title": f"{environment}: registry", "paths": _PATHS, "here": here}
    return render(template, **common, **values)


def _repository_path(name: str) -> str:
    return f"{IMAGES_PATH}/{quote(name)}"


def _next(path: str, after: str) -> str:
    return f"{path}?after={quote(after)}" if after else ""
