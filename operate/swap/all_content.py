"""All that a modern registry lists: every tag's manifest, and what the manifests name."""

from collections.abc import Iterable, Iterator

import httpx

from operate.swap.edges import RefusedError
from operate.swap.known_reads import ACCEPT


def manifests(client: httpx.Client) -> Iterator[str]:
    """Return the paths of all tags' manifests.

    Args:
        client: leads to the registry.

    Raises:
        RefusedError: it does not list them.
    """
    following: str | None = "/v2/_catalog?n=100"
    while following:
        answer = client.get(following)
        if answer.status_code != 200:
            raise RefusedError(f"{following} of the live colour is answered with {answer.status_code}")
        for name in answer.json().get("repositories") or ():
            tags = client.get(f"/v2/{name}/tags/list")
            for tag in (tags.json().get("tags") or ()) if tags.status_code == 200 else ():
                yield f"/v2/{name}/manifests/{tag}"
        following = answer.links.get("next", {}).get("url")


def content(client: httpx.Client, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Return method and path of each manifest, of those that it names, and of their layers, each once.

    Args:
        client: leads to the registry.
        paths: of manifests.
    """
    seen: set[str] = set()
    left = list(paths)
    while left:
        path = left.pop()
        if path in seen:
            continue
        seen.add(path)
        yield "GET", path
        base = path.rpartition("/manifests/")[0]
        manifest = client.get(path, headers={"Accept": ACCEPT}).json()
        left += [f"{base}/manifests/{child['digest']}" for child in manifest.get("manifests") or ()]
        named = [manifest.get("config"), *(manifest.get("layers") or ())]
        for blob in {f"{base}/blobs/{one['digest']}" for one in named if one} - seen:
            seen.add(blob)
            yield "HEAD", blob
