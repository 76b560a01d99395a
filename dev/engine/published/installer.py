"""Runs the Automation API's installer: ``python -m dev.engine.published.installer ROOT VERSION``.

The one module of this package that needs more than the standard library: the virtual environment's `pulumi`.
"""

import subprocess
import sys
from http.client import HTTPException

from pulumi.automation import InvalidVersionError, PulumiCommand
from semver import VersionInfo


def main(root: str, version: str) -> int:
    """Download a release of Pulumi and unpack it into a folder.

    Returns:
        The exit status: 0 when done, 1 after an error, which is printed on standard output.
    """
    try:
        PulumiCommand.install(root=root, version=VersionInfo.parse(version))
    except subprocess.CalledProcessError as error:
        print(error.output.decode(errors="replace"), f"error: {error}", sep="\n")
    except (OSError, HTTPException, InvalidVersionError) as error:
        print(f"error: {error}")
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
