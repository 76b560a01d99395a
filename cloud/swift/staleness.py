"""Middleware: containers and deletions seen late, as on a Swift with many servers. Loaded last by the proxy.

Behind it all is one server here, which knows of every write at once. A real Swift brings listings up to
date when it finds the time, and an object deleted may still be seen on a replica that missed the deletion.
Both are told of what this process saw written since the plan asks for them. A deleted object with content is
seen by HEAD only, since its content is deleted; manifests of large objects have none.
"""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from swift.common.swob import Request, str_to_wsgi, wsgi_quote, wsgi_to_str
from swift.common.wsgi import make_pre_authed_request

from cloud.swift.fault_plan import FaultPlan, PlanFile
from cloud.swift.journal import Change, ContainerJournal, Entry, Page, paged
from cloud.swift.wsgi import Application, Environment, StartResponse

Headers = list[tuple[str, str]]
# The longest staleness that is remembered, in seconds.
_HORIZON = 120.0
_LISTING_LIMIT = 10_000


@dataclass(frozen=True)
class DeletedObject:
    """A deleted object: the time of its deletion, and its last headers."""

    timestamp: float
    headers: Headers


class Staleness:
    """Shows what was.

    Args:
        app: What follows in the pipeline, the proxy itself.
        plan: Faults to inject, with the staleness.
    """

    def __init__(self, app: Application, plan: PlanFile) -> None:
        self._app = app
        self._file = plan
        self._journals: dict[str, ContainerJournal] = defaultdict(lambda: ContainerJournal(_HORIZON))
        self._deleted_objects: dict[str, DeletedObject] = {}

    def __call__(self, env: Environment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        plan = self._file.plan()
        parts = env["PATH_INFO"].split("/", 4)
        if len(parts) < 4 or not (plan.stale_listing_seconds or plan.stale_delete_seconds):
            return self._app(env, start_response)
        container, name = "/".join(parts[:4]), parts[4] if len(parts) == 5 else ""
        match env["REQUEST_METHOD"], bool(name):
            case (("PUT" | "DELETE"), True):
                return self._write(env, start_response, container, wsgi_to_str(name))
            case (("GET" | "HEAD"), True) if plan.stale_delete_seconds:
                return self._read(env, start_response, plan)
            case "GET", False if plan.stale_listing_seconds:
                return self._list(env, start_response, container, plan)
        return self._app(env, start_response)

    def _write(
        self, env: Environment, start_response: StartResponse, container: str, name: str
    ) -> Iterable[bytes]:
        path, journal = env["PATH_INFO"], self._journals[container]
        current = make_pre_authed_request(env, "HEAD", wsgi_quote(path)).get_response(self._app)
        headers = list(current.headers.items())
        before = _entry(name, dict(headers)) if current.is_success else None
        # Noted twice, since somebody may list while it is written.
        journal.note(Change(time.monotonic(), name, before))
        status, answered, body = Request(env).call_application(self._app)
        if status.startswith("2"):
            journal.note(Change(time.monotonic(), name, before))
            self._deleted_objects.pop(path, None)
            if env["REQUEST_METHOD"] == "DELETE" and before is not None:
                self._deleted_objects[path] = DeletedObject(time.monotonic(), headers)
        start_response(status, answered)
        return body  # type: ignore[no-any-return]  # Swift has no types

    def _read(self, env: Environment, start_response: StartResponse, plan: FaultPlan) -> Iterable[bytes]:
        deleted = self._deleted_objects.get(env["PATH_INFO"])
        if deleted is None:
            return self._app(env, start_response)
        if time.monotonic() - deleted.timestamp > plan.stale_delete_seconds:
            self._deleted_objects.pop(env["PATH_INFO"], None)
            return self._app(env, start_response)
        status, answered, body = Request(env).call_application(self._app)
        empty = dict(deleted.headers).get("Content-Length") == "0"
        # A request without access has received its refusal by now.
        if status.startswith("404") and (env["REQUEST_METHOD"] == "HEAD" or empty):
            status, answered, body = "200 OK", deleted.headers, []
        start_response(status, answered)
        return body  # type: ignore[no-any-return]

    def _list(
        self, env: Environment, start_response: StartResponse, container: str, plan: FaultPlan
    ) -> Iterable[bytes]:
        request = Request(env)
        page = _page(request.params)
        request.query_string = _query(page.prefix, "")
        instant = time.monotonic() - plan.stale_listing_seconds
        status, headers, body = request.call_application(self._app)
        if not status.startswith("2"):
            start_response(status, headers)
            return body  # type: ignore[no-any-return]
        entries = self._whole(env, container, page.prefix, json.loads(b"".join(body) or b"[]"))
        then = self._journals[container].as_of(instant, entries, page.prefix)
        text = json.dumps(paged(then, page)).encode("ascii")
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        start_response("200 OK", [*kept, ("Content-Length", str(len(text)))])
        return [text]

    def _whole(self, env: Environment, container: str, prefix: str, first: list[Entry]) -> list[Entry]:
        entries = last = first
        while len(last) == _LISTING_LIMIT:
            query = _query(prefix, str(last[-1]["name"]))
            more = make_pre_authed_request(env, "GET", f"{wsgi_quote(container)}?{query}")
            last = json.loads(more.get_response(self._app).body)
            entries = [*entries, *last]
        return entries


def _page(params: dict[str, str]) -> Page:
    names = ("prefix", "delimiter", "marker", "end_marker")
    parameters = {name: wsgi_to_str(params[name]) for name in names if name in params}
    return Page(**parameters, limit=min(int(params.get("limit") or _LISTING_LIMIT), _LISTING_LIMIT))


def _query(prefix: str, marker: str) -> str:
    return f"format=json&prefix={_quoted(prefix)}&marker={_quoted(marker)}"


def _quoted(text: str) -> str:
    return str(wsgi_quote(str_to_wsgi(text), safe=""))


def _entry(name: str, headers: dict[str, str]) -> Entry:
    changed = datetime.fromtimestamp(float(headers["X-Timestamp"]), UTC).replace(tzinfo=None)
    return {
        "name": name,
        "bytes": int(headers["Content-Length"]),
        "hash": headers["Etag"].strip('"'),
        "content_type": headers["Content-Type"],
        "last_modified": changed.isoformat(timespec="microseconds"),
    }


def filter_factory(global_conf: dict[str, str], **local_conf: str) -> Callable[[Application], Staleness]:
    """Return the filter for the proxy's pipeline; `faults_file` is the plan's file."""
    plan = PlanFile(Path({**global_conf, **local_conf}["faults_file"]))
    return lambda app: Staleness(app, plan)
