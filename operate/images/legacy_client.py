"""What a v1 registry answers about its images; it is only ever read.

Facts: docker-registry 0.7.3 (tags.py, images.py, search.py). It has no list of all repositories but its
search, which most configurations leave off. An image is one layer; the whole is that with its ancestors.
"""

import json
import re
from collections import OrderedDict
from collections.abc import Mapping
from urllib.parse import quote

from operate.error import OperateError
from operate.images.manifest import ImageKind, parse_time
from operate.images.names import clean
from operate.images.registry_client import NamePage
from operate.images.tagged_image import TaggedImage
from operate.images.transport import RegistryTransport

_NAME = re.compile(r"(?:[a-z0-9_.-]{1,100}/)?[A-Za-z0-9_.-]{1,100}", re.ASCII)
_IMAGE = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MOST_LAYERS = 128
"""Of an image: more than Docker 1.5 can mount (choice)."""
_KEPT = 4096
"""Layers whose size is remembered, since images share them (choice)."""


class LegacyClient:
    """A v1 registry.

    Args:
        transport: Transport to the registry.
    """

    def __init__(self, transport: RegistryTransport) -> None:
        self._transport = transport
        self._layers: OrderedDict[str, Mapping[str, object]] = OrderedDict()

    def repositories(self, count: int, after: str = "") -> NamePage:
        """Return a page of repositories, as far as the registry's search knows them.

        Raises:
            OperateError: The registry does not answer, or has no search.
        """
        answer = self._transport.ask("GET", "/v1/search", {200, 400, 404, 500, 501}, params={"q": ""})
        results = _json(answer.content).get("results") if answer.status == 200 else None
        if not isinstance(results, list):
            raise OperateError(
                f"registry {self._transport.endpoint}: the v1 protocol has no list of all repositories, and"
                " this registry has no search; name one: `operate images ENV REPOSITORY --generation legacy`"
            )
        search_names = {str(result.get("name")) for result in results if isinstance(result, Mapping)}
        names = sorted(name for name in search_names if name > after and _NAME.fullmatch(name))
        return NamePage(tuple(names[:count]), names[count - 1] if len(names) > count else "")

    def tags(self, repository: str, count: int, after: str = "") -> tuple[NamePage, Mapping[str, str]] | None:
        """Return a page of tags and the image of each; None where there is no such repository.

        Args:
            repository: Name of the repository.
            count: Largest number of tags.
            after: Tag after which the page begins; "" for the first page.
        """
        path = f"/v1/repositories/{_path(repository)}/tags"
        answer = self._transport.ask("GET", path, {200, 404})
        if answer.status == 404:
            return None
        images = {tag: image for tag, image in _json(answer.content).items() if isinstance(image, str)}
        names = sorted(tag for tag in images if tag > after)
        page = tuple(names[:count])
        return NamePage(page, page[-1] if len(names) > count else ""), {tag: images[tag] for tag in page}

    def image(self, tag: str, image: str) -> TaggedImage:
        """Return what is under a tag.

        Args:
            tag: Name of the tag.
            image: Id of its image.
        """
        if _IMAGE.fullmatch(image) is None:
            return TaggedImage(clean(tag), clean(image))
        document = self._layer(image)
        ancestry = self._transport.ask("GET", f"/v1/images/{image}/ancestry", {200, 404})
        listed = _json_list(ancestry.content)[:_MOST_LAYERS] if ancestry.status == 200 else [image]
        sizes = [_size(self._layer(layer)) for layer in listed if _IMAGE.fullmatch(layer)]
        parts = [document.get(key) for key in ("os", "architecture")]
        platform = clean("/".join(part for part in parts if isinstance(part, str) and part), 40)
        return TaggedImage(
            clean(tag),
            image,
            ImageKind.IMAGE,
            "Docker image, v1",
            platforms=(platform,) if platform else (),
            size=sum(size for size in sizes if size is not None) if None not in sizes else None,
            created=parse_time(document.get("created")),
        )

    def _layer(self, image: str) -> Mapping[str, object]:
        if image not in self._layers:
            answer = self._transport.ask("GET", f"/v1/images/{image}/json", {200, 404})
            document = _json(answer.content) if answer.status == 200 else {}
            header = answer.headers.get("x-docker-size", "")
            kept = {key: document.get(key) for key in ("os", "architecture", "created", "Size")}
            self._layers[image] = kept | ({"Size": int(header)} if header.isdecimal() else {})
            if len(self._layers) > _KEPT:
                self._layers.popitem(last=False)
        return self._layers[image]


def _path(repository: str) -> str:
    """Return a repository's path; one without a namespace is of `library`."""
    if _NAME.fullmatch(repository) is None or ".." in repository:
        raise OperateError(f"repository must be such as team/app, got {clean(repository)!r}")
    return quote(repository if "/" in repository else f"library/{repository}")


def _size(layer: Mapping[str, object]) -> int | None:
    size = layer.get("Size")
    return size if isinstance(size, int) and size >= 0 else None


def _json(content: bytes) -> Mapping[str, object]:
    try:
        document: object = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, Mapping) else {}


def _json_list(content: bytes) -> list[str]:
    try:
        document: object = json.loads(content)
    except (ValueError, RecursionError):
        return []
    return [text for text in document if isinstance(text, str)] if isinstance(document, list) else []
