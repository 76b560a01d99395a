"""All that a modern registry lists: every tag's manifest, and what the manifests name."""

from collections.abc import Iterable, Iterator

import httpx

from operate.error import RefusedError
from operate.swap.checks.reference_reads import ACCEPT


def list_manifests(client: httpx.Client) -> Iterator[str]:
    """Return the paths of all tags' manifests.

    Args:
        client: Client of the registry.

    Raises:
        RefusedError: The registry does not list them.
    """
    url: str | None = "/v2/_catalog?n=100"
    while url:
        response = client.get(url)
        if response.status_code != 200:
            raise RefusedError(f"{url} of the live colour is answered with {response.status_code}")
        for name in response.json().get("repositories") or ():
            tags = client.get(f"/v2/{name}/tags/list")
            for tag in (tags.json().get("tags") or ()) if tags.status_code == 200 else ():
                yield f"/v2/{name}/manifests/{tag}"
        url = response.links.get("next", {}).get("url")


def list_content(client: httpx.Client, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Return method and path of each manifest, of those that it names, and of their layers, each once.

    Args:
        client: Client of the registry.
        paths: Paths of manifests.
    """
    visited: set[str] = set()
    pending = list(paths)
    while pending:
        path = pending.pop()
        if path in visited:
            continue
        visited.add(path)
        yield "GET", path
        base = path.rpartition("/manifests/")[0]
        manifest = client.get(path, headers={"Accept": ACCEPT}).json()
        pending += [f"{base}/manifests/{child['digest']}" for child in manifest.get("manifests") or ()]
        descriptors = [manifest.get("config"), *(manifest.get("layers") or ())]
        for blob in {
            f"{base}/blobs/{descriptor['digest']}" for descriptor in descriptors if descriptor
        } - visited:
            visited.add(blob)
            yield "HEAD", blob
