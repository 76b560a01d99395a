"""What all remote scripts have in common."""

import pytest

from components.remote.script_source import script_source
from tests.support.process.shell import SCRIPTS


@pytest.mark.parametrize("script", sorted(file.name for file in SCRIPTS.glob("*.sh")))
def test_every_script_is_strict_and_ends_before_what_follows_it(script: str) -> None:
    text = script_source(script)
    assert "\nsource " not in text
    assert "set -euo pipefail" in text
    assert text.endswith('main "$@"; exit\n')
