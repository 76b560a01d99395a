"""The v2 registry's end: the few requests of the distribution protocol that a migration needs.

Facts: distribution 2.8.3, docs/content/spec/api.md (blob upload, cross repository blob mount, digests).
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import IO, TypeVar
from urllib.parse import urljoin

import httpx

from messages.network_failure import describe_network_failure
from operate.error import LostError, OperateError
from operate.migration.access import RegistryAccess
from operate.migration.target.conversion import MANIFEST_TYPE, Blob
from operate.servers.registry_http import NoAuthorityError, open_registry

T = TypeVar("T")

_PIECE = 1 << 20
# Seconds without a byte (choice): a registry on Swift joins large uploads before it answers.
_TIMEOUT = httpx.Timeout(300.0, connect=20.0)
_TRIES = 5
_COMMIT_POLLS, _COMMIT_POLL_SECONDS = 120, 0.25
"""A commit on Swift waits up to 15 s for its segments (swift driver, 2.8.3); twice that (choice)."""


class RegistryError(OperateError):
    """The registry refuses or cannot be reached."""


class _PassingError(Exception):
    """A failure that may not recur at the next try."""


class V2Registry:
    """A v2 registry; may be used by several threads.

    Args:
        access: URL and credentials of the registry.
        pause: Waits so many seconds between tries; may raise, to stop.
    """

    def __init__(self, access: RegistryAccess, pause: Callable[[float], None]) -> None:
        self._pause = pause
        self._endpoint = access.endpoint.rstrip("/")
        try:
            self._client = open_registry(access, _TIMEOUT, "softlayer-registry-migration")
        except NoAuthorityError:
            raise OperateError(
                f"registry {access.endpoint}: the certificate authority is no PEM; see option --authority"
            ) from None

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def check(self) -> None:
        """Ask whether it is there and takes the password.

        Raises:
            RegistryError: The registry does not answer, or refuses the password.
        """
        self._ask("asking for its version", "GET", "/v2/", {200})

    def blob(self, name: str, digest: str) -> Blob | None:
        """Return the digest and size that it has for a blob in a repository; None where it has none."""
        answer = self._ask(f"asking for {digest} in {name}", "HEAD", f"/v2/{name}/blobs/{digest}", {200, 404})
        if answer.status_code == 404:
            return None
        size = self._header(answer, "Content-Length")
        # A registry that redirects lets its storage answer, which knows size and no digest (blobserver.go).
        known_as = digest if answer.history else ""
        return Blob(answer.headers.get("Docker-Content-Digest", known_as), int(size))

    def mount(self, name: str, digest: str, source: str) -> bool:
        """Take a blob over from another repository without its bytes; returns whether that was done."""
        answer = self._ask(
            f"mounting {digest} from {source} into {name}",
            "POST",
            f"/v2/{name}/blobs/uploads/",
            {201, 202},
            params={"mount": digest, "from": source},
        )
        if answer.status_code == 202:  # it started an upload instead
            self._ask("ending an upload", "DELETE", self._location(answer), {204, 404})
        return answer.status_code == 201

    def upload(
        self,
        name: str,
        blob: Blob,
        content: IO[bytes],
        report_bytes: Callable[[int], None],
        committing: Callable[[str], None],
    ) -> None:
        """Send a blob; its commit is not repeated where the registry made it and only the answer was lost.

        Args:
            name: The repository.
            blob: Digest and size of the blob.
            content: Content of the blob, seekable.
            report_bytes: Called with the size of each piece sent; may raise, to stop.
            committing: Called with the upload's address before the commit, for `settle` after a crash.

        Raises:
            RegistryError: The registry refuses the blob, or has another digest for it.
        """
        committed: list[str] = []

        def once() -> None:
            if committed and self.settle(name, blob, committed.pop()):
                return
            opening = self._once("POST", f"/v2/{name}/blobs/uploads/", {202})
            content.seek(0)
            sent = self._once(
                "PATCH",
                self._location(opening),
                {202},
                content=_pieces(content, report_bytes),
                headers={"Content-Type": "application/octet-stream", "Content-Length": str(blob.size)},
            )
            upload = self._location(sent)
            committed.append(upload)
            committing(upload)
            self._commit(upload, blob)

        self._retry(f"uploading {blob.digest} to {name}", once)

    def settle(self, name: str, blob: Blob, upload: str) -> bool:
        """Finish an upload whose commit was started, since a commit continues without its client.

        Args:
            name: The repository.
            blob: Digest and size of what was sent.
            upload: Address of the upload.

        Returns:
            Whether the registry has the blob; False if the upload does not exist any more: repeat it.
        """
        for _ in range(_COMMIT_POLLS):
            if self.blob(name, blob.digest) is not None:
                return True
            # An upload is removed after its blob can be seen (distribution 2.8.3, blobwriter.go, Commit).
            if not self._uploading(upload):
                return self.blob(name, blob.digest) is not None
            self._pause(_COMMIT_POLL_SECONDS)
        # The commit never reached the registry, but all bytes did.
        try:
            self._retry(f"committing {blob.digest} in {name}", lambda: self._commit(upload, blob))
        except RegistryError:
            return False
        return True

    def _commit(self, upload: str, blob: Blob) -> None:
        answer = self._once("PUT", upload, {201}, params={"digest": blob.digest})
        stored_digest = answer.headers.get("Docker-Content-Digest", blob.digest)
        if stored_digest != blob.digest:
            raise RegistryError(
                f"registry {self._endpoint}: took {blob.digest} as {stored_digest}; run the command again"
            )

    def _uploading(self, upload: str) -> bool:
        try:
            return self._ask("asking for an upload", "GET", upload, {204, 404}).status_code == 204
        except RegistryError:
            return False

    def manifest(self, name: str, tag: str) -> bytes | None:
        """Return the manifest under a tag, byte by byte; None where there is none."""
        answer = self._ask(
            f"asking for {name}:{tag}",
            "GET",
            f"/v2/{name}/manifests/{tag}",
            {200, 404},
            headers={"Accept": f"{MANIFEST_TYPE}, */*"},
        )
        return answer.content if answer.status_code == 200 else None

    def put_manifest(self, name: str, tag: str, manifest: bytes) -> str:
        """Write a manifest under a tag and return the digest that the registry has for it."""
        answer = self._ask(
            f"writing {name}:{tag}",
            "PUT",
            f"/v2/{name}/manifests/{tag}",
            {201},
            content=manifest,
            headers={"Content-Type": MANIFEST_TYPE},
        )
        return str(answer.headers.get("Docker-Content-Digest", ""))

    def download(self, name: str, digest: str, report_bytes: Callable[[int], None]) -> str:
        """Read a blob and return the digest of what came."""

        def once() -> str:
            digest_of_bytes = hashlib.sha256()
            path = f"/v2/{name}/blobs/{digest}"
            with self._client.stream("GET", path, follow_redirects=True) as answer:
                if answer.status_code != 200:
                    answer.read()
                _checked(answer, {200})
                for piece in answer.iter_raw(_PIECE):
                    digest_of_bytes.update(piece)
                    report_bytes(0)
            return f"sha256:{digest_of_bytes.hexdigest()}"

        return self._retry(f"downloading {digest} from {name}", once)

    def _location(self, answer: httpx.Response) -> str:
        # Relative where the registry says relativeurls, absolute otherwise.
        return urljoin(str(answer.request.url), self._header(answer, "Location"))

    def _header(self, answer: httpx.Response, name: str) -> str:
        if name not in answer.headers:
            raise RegistryError(
                f"registry {self._endpoint}: its answer to {answer.request.method} {answer.request.url} has"
                f" no {name}; check that it is a v2 registry, and what is in front of it"
            )
        return str(answer.headers[name])

    def _ask(
        self,
        doing: str,
        method: str,
        path: str,
        expected: set[int],
        *,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        def once() -> httpx.Response:
            return self._once(method, path, expected, params=params, content=content, headers=headers)

        return self._retry(doing, once)

    def _once(
        self,
        method: str,
        path: str,
        expected: set[int],
        *,
        params: Mapping[str, str] | None = None,
        content: bytes | Iterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        url = httpx.URL(path)
        if params:
            url = url.copy_merge_params(dict(params))
        # A registry redirects reads into its storage, and no content of the operator's elsewhere.
        answer = self._client.request(
            method, url, content=content, headers=headers, follow_redirects=method in ("GET", "HEAD")
        )
        _checked(answer, expected)
        return answer

    def _retry(self, doing: str, once: Callable[[], T]) -> T:
        for number in range(1, _TRIES + 1):
            try:
                return once()
            except (httpx.RequestError, _PassingError) as error:
                if number == _TRIES:
                    error_class = LostError if isinstance(error, httpx.RequestError) else RegistryError
                    raise error_class(
                        f"registry {self._endpoint}: {doing} failed {number} times ({_words(error)}); check"
                        " that it is up, then run the command again"
                    ) from None
                self._pause(0.25 * 2**number)
            except httpx.HTTPStatusError as error:
                raise self._refusal(doing, error.response) from None
        raise AssertionError("unreachable")

    def _refusal(self, doing: str, answer: httpx.Response) -> OperateError:
        where = f"registry {self._endpoint}: {doing}: status {answer.status_code}"
        if answer.status_code in (401, 403):
            return LostError(f"{where}; check user and password")
        detail = answer.text[:200].replace("\n", " ")
        return RegistryError(f"{where}, {detail!r}; look at its log, then run the command again")


def _pieces(content: IO[bytes], report_bytes: Callable[[int], None]) -> Iterator[bytes]:
    while piece := content.read(_PIECE):
        report_bytes(len(piece))
        yield piece


def _checked(answer: httpx.Response, expected: set[int]) -> None:
    if answer.status_code in expected:
        return
    if answer.status_code >= 500 or answer.status_code == 429:
        raise _PassingError(f"status {answer.status_code}")
    raise httpx.HTTPStatusError("refused", request=answer.request, response=answer)


def _words(error: Exception) -> str:
    return describe_network_failure(error)
