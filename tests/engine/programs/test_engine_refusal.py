"""A program that refuses its settings, in the whole engine: sentences alone, and no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT
from tests.support.stack_settings import write_stack_file

_REFUSALS = {
    "settings": (
        (
            "import pulumi\nfrom settings.configuration import read\n"
            "for key, value in {'domain': 'x', 'servers': '[]'}.items():\n"
            "    pulumi.runtime.set_config(f'softlayer-registry:{key}', value)\n"
            "read(pulumi.Config('softlayer-registry'))\n"
        ),
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
    output = refused_preview(tmp_path, bin_folder, clean_environment)
    for sentence in sentences:
        assert sentence in output, output
    assert "Traceback" not in output
    assert "unhandled exception" not in output


def test_a_mistake_of_form_hides_no_other(
    bin_folder: Path, clean_environment: dict[str, str], tmp_path: Path
) -> None:
    """Pulumi checks nothing of the stack file itself, neither types nor what is missing."""
    (_, config) = (CHECKOUT / "Pulumi.yaml").read_text().split("\nconfig:\n")
    (tmp_path / "Pulumi.yaml").write_text(f"name: softlayer-registry\nruntime: python\nconfig:\n{config}")
    (tmp_path / "__main__.py").write_text(
        "import pulumi\nfrom settings.configuration import read\nread(pulumi.Config('softlayer-registry'))\n"
    )
    values = {
        "firewall": "ture", "registryPort": "many", "sshFrom": "192.0.2.0/24", "registryListn": "private",
        "servers": [{"name": "a", "datacenter": "dal05", "os": "UBUNUT_24_64", "flavour": "B1_2X4X100"}],
    }  # fmt: skip
    write_stack_file(tmp_path / "Pulumi.prod.yaml", values)
    output = refused_preview(tmp_path, bin_folder, clean_environment)
    for sentence in (
        "domain: is missing; set it",
        "sshKeyFile: is missing; set it",
        "firewall: must be true or false, not 'ture'",
        "registryPort: must be a whole number, not 'many'",
        "sshFrom: must be a list, not '192.0.2.0/24'",
        "registryListn: is not a setting; nearest is registryListen",
        "servers[0].os: ",
        "servers[0].flavour: is not a setting",
    ):
        assert sentence in output, output
    assert "validating stack config" not in output


def refused_preview(folder: Path, bin_folder: Path, clean_environment: dict[str, str]) -> str:
    """What `pulumi preview` of a stack prints, which fails."""
    (folder / "state").mkdir()
    variables = {
        **clean_environment,
        "PATH": f"{bin_folder}:{Path(sys.executable).parent}:{clean_environment['PATH']}",
        "PYTHONPATH": str(CHECKOUT),
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_BACKEND_URL": f"file://{folder}/state",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
    }
    for words in (("stack", "init", "prod"), ("preview", "--stack", "prod")):
        done = subprocess.run(
            ["pulumi", *words, "--non-interactive"],
            cwd=folder, env=variables, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
    assert done.returncode != 0
    return done.stdout + done.stderr
