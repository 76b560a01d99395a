"""An installed Pulumi, played by scripts: taken when its plugins can be downloaded, else left alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT
from tests.engine.builder.engine_machine import NO_INTERNET

_PULUMI = """#!/bin/sh
echo "$@" >> "$CALLS"
if [ "$1" = version ]; then echo "$VERSION"; exit 0; fi
if [ -n "$OFFLINE" ]; then echo "error: could not download"; exit 1; fi
folder="$HOME/.pulumi/plugins/resource-$4-v$5"
mkdir -p "$folder"
printf '#!/bin/sh\\n' > "$folder/pulumi-resource-$4"
chmod 755 "$folder/pulumi-resource-$4"
"""


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in {
        "pulumi": _PULUMI,
        "pulumi-language-python": "#!/bin/sh\n",
        "pulumi-language-python-exec": "#!/bin/sh\n",
        "pulumi-resource-pulumi-python": "#!/bin/sh\n",
        "go": '#!/bin/sh\n[ "$1" = env ] && { echo go1.99.0; exit; }\necho "no compiler here"; exit 1\n',
    }.items():
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    return {
        "PATH": f"{tools}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "REGISTRY_CACHE": str(tmp_path / "cache"),
        "CALLS": str(tmp_path / "calls"),
        "VERSION": "v3.259.0",
        **NO_INTERNET,
    }


def build(variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dev.engine", "build"],
        cwd=CHECKOUT,
        env=variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("version", ["v3.259.0", "v3.300.1"])
def test_a_new_enough_pulumi_is_used_with_its_plugins(variables: dict[str, str], version: str) -> None:
    done = build({**variables, "VERSION": version})
    assert done.returncode == 0, done.stderr
    folder = Path(done.stdout.strip())
    assert (folder / "pulumi").resolve() == Path(variables["HOME"]) / "tools" / "pulumi"
    assert (folder / "pulumi-resource-docker").resolve().parent.name == "resource-docker-v5.2.0"
    assert (folder / "pulumi-resource-command").resolve().parent.name == "resource-command-v1.2.1"
    again = build({**variables, "VERSION": version, "OFFLINE": "yes"})
    assert (again.stdout, again.stderr) == (done.stdout, "")


@pytest.mark.parametrize("change", [{"VERSION": "v3.258.9"}, {"OFFLINE": "yes"}])
def test_otherwise_the_engine_is_built(variables: dict[str, str], change: dict[str, str]) -> None:
    done = build({**variables, **change})
    assert done.returncode == 1
    assert "no compiler here" in done.stderr.splitlines()[-1]


def test_an_installation_that_lacks_a_file_is_not_used(variables: dict[str, str]) -> None:
    (Path(variables["HOME"]) / "tools" / "pulumi-language-python-exec").unlink()
    done = build(variables)
    assert done.returncode == 1
    assert "has no pulumi-language-python-exec" in done.stderr
