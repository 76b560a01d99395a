"""What the builder says of a compiler that fails and of a full disk."""

from pathlib import Path

import pytest

from dev.engine import disk, go_build
from dev.engine.errors import EngineError
from dev.engine.part import PULUMI


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("x.go: no space left on device", "disk is full"),
        ("github.com/a/b@v1.2.3: reading https://proxy/x: 403 Forbidden", "refuses github.com/a/b@v1.2.3"),
        ("github.com/a/b@v1.2.3: reading https://proxy/x: 410 Gone", "GOPROXY"),
        ("verifying x: checksum mismatch", "do not trust"),
        ("dial tcp: lookup proxy: no such host", "check network"),
        ("compile: signal: killed", "memory"),
        ("a\nlast line", "last line"),
    ],
)
def test_each_kind_of_failure_has_its_remedy(output: str, message: str) -> None:
    explained = go_build.explain(PULUMI, output, Path("/log"))
    assert message in explained
    assert "\n" not in explained


def test_a_full_disk_is_refused_with_the_remedy(tmp_path: Path) -> None:
    disk.require(tmp_path, needed_gb=0)
    with pytest.raises(EngineError, match="REGISTRY_CACHE"):
        disk.require(tmp_path, needed_gb=10**9)
