"""A machine for the engine's builder: an empty cache, a stand-in for the Go compiler, no internet."""

import subprocess
import sys
from pathlib import Path

from dev.engine.part import PULUMI
from dev.local.environment import CHECKOUT

NO_INTERNET = {"https_proxy": "http://127.0.0.1:1"}
"""Variables under which every HTTPS request is refused: nothing listens on that port."""

_GO = """#!/bin/sh
set -e
if [ "$1" = env ]; then echo go1.99.0; exit 0; fi
if [ "$1" = list ]; then echo "$MODULE"; exit 0; fi
echo "$PWD" >> "$CALLS"
if [ -n "$FAIL" ]; then echo "$FAIL"; exit 1; fi
if [ -n "$HANG" ]; then exec sleep 15; fi
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\\n' > "$2"
chmod 755 "$2"
"""


class EngineMachine:
    """A PATH whose Go is the script, and an empty cache.

    Attributes:
        cache: the project's cache.
        variables: the environment of the builder.
    """

    def __init__(self, folder: Path) -> None:
        self.cache = folder / "cache"
        self.calls = folder / "calls"
        self.calls.touch()
        module = folder / "module"
        for script in PULUMI.scripts:
            (module / script.path).parent.mkdir(parents=True, exist_ok=True)
            (module / script.path).write_text("#!/bin/sh\n")
        tools = folder / "tools"
        tools.mkdir()
        (tools / "go").write_text(_GO)
        (tools / "go").chmod(0o755)
        self.variables = {
            "PATH": f"{tools}:/usr/bin:/bin",
            "HOME": str(folder),
            "REGISTRY_CACHE": str(self.cache),
            "CALLS": str(self.calls),
            "MODULE": str(module),
            **NO_INTERNET,
        }

    def start(
        self, command: str, *options: str, module: str = "dev.engine", **variables: str
    ) -> subprocess.Popen[str]:
        """Start the builder, with options of Python."""
        return subprocess.Popen(
            [sys.executable, *options, "-m", module, command],
            cwd=CHECKOUT,
            env={**self.variables, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, command: str, *options: str, **variables: str) -> tuple[int, str, str]:
        """Run the builder; return its exit status, standard output and standard error."""
        process = self.start(command, *options, **variables)
        output, errors = process.communicate(timeout=180)
        return process.returncode, output, errors

    def builds(self) -> list[str]:
        """The folders of the parts that were compiled, in order."""
        return [Path(line).name for line in self.calls.read_text().splitlines()]
