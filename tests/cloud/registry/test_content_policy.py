"""Foreign layers and long catalogs at real registries, by the settings that allow them."""

import json
from dataclasses import replace

import httpx

from harness.clients.images import MANIFEST, digest_of, image, push_blob
from harness.registries.storages import Place, on_folder
from settings import DEFAULT_CONTENT_POLICY

_FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
_DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIG = "application/vnd.docker.container.image.v1+json"


def put_with_foreign_layer(client: httpx.Client, address: str) -> int:
    """Push a manifest, one layer of which lies at an address; the status."""
    config = image(1, 100).blobs[0]
    push_blob(client, "app", config)
    layer = {"mediaType": _FOREIGN, "size": 5, "digest": digest_of(b"layer"), "urls": [address]}
    manifest = {
        "schemaVersion": 2, "mediaType": _DOCKER_MANIFEST, "layers": [layer],
        "config": {"mediaType": _CONFIG, "size": len(config), "digest": digest_of(config)},
    }  # fmt: skip
    sent = client.put(
        "/v2/app/manifests/1", content=json.dumps(manifest), headers={"Content-Type": _DOCKER_MANIFEST}
    )
    return sent.status_code


@on_folder
def test_a_foreign_layer_is_taken_where_its_address_begins_as_the_setting_has_it(place: Place) -> None:
    allowed, foreign = "https://layers.example.com/a", "https://layers.example.com.attacker.example/a"
    content = replace(DEFAULT_CONTENT_POLICY, foreign_layers=("https://layers.example.com/",))
    with place.registry(content=content) as registry, registry.client() as client:
        assert put_with_foreign_layer(client, foreign) == 500
        assert put_with_foreign_layer(client, allowed) == 201
        pulled = client.get("/v2/app/manifests/1", headers={"Accept": f"{_DOCKER_MANIFEST}, {MANIFEST}"})
        assert pulled.json()["layers"][0]["urls"] == [allowed]
    with place.registry() as registry, registry.client() as client:
        assert put_with_foreign_layer(client, allowed) == 500


@on_folder
def test_the_catalog_takes_what_the_setting_allows_and_no_more(place: Place) -> None:
    content = replace(DEFAULT_CONTENT_POLICY, catalog_limit=100_000)
    with place.registry(content=content) as registry, registry.client() as client:
        assert client.get("/v2/_catalog?n=100000").status_code == 200
        assert client.get("/v2/_catalog?n=100001").status_code == 400
    with place.registry() as registry, registry.client() as client:
        assert client.get("/v2/_catalog?n=1000").status_code == 200
        assert client.get("/v2/_catalog?n=100000").status_code == 400
