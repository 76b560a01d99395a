"""A program that refuses its settings, in the whole engine: sentences alone, and no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT

_REFUSALS = {
    "settings": (
        "from settings import parse\nparse({'domain': 'x', 'servers': []})\n",
        (
            "error: the stack file has",
            "domain: must be a DNS domain",
            "servers: must name at least one server",
        ),
    ),
    "in an apply": (
        (
            "import pulumi\nfrom components.refused_setting import RefusedSettingError\n"
            "def refuse(_):\n    raise RefusedSettingError('globalIp: no')\n"
            "pulumi.export('x', pulumi.Output.from_input(1).apply(refuse))\n"
        ),
        ("error: globalIp: no",),
    ),
}


@pytest.mark.parametrize("refusal", _REFUSALS)
def test_a_refusal_is_printed_without_a_traceback(
    refusal: str, bin_folder: Path, clean_environment: dict[str, str], tmp_path: Path
) -> None:
    program, sentences = _REFUSALS[refusal]
    (tmp_path / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(program)
    (tmp_path / "state").mkdir()
    variables = {
        **clean_environment,
        "PATH": f"{bin_folder}:{Path(sys.executable).parent}:{clean_environment['PATH']}",
        "PYTHONPATH": str(CHECKOUT),
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_BACKEND_URL": f"file://{tmp_path}/state",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
    }
    for words in (("stack", "init", "prod"), ("preview", "--stack", "prod")):
        done = subprocess.run(
            ["pulumi", *words, "--non-interactive"],
            cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
    output = done.stdout + done.stderr
    assert done.returncode != 0
    for sentence in sentences:
        assert sentence in output, output
    assert "Traceback" not in output
    assert "unhandled exception" not in output
