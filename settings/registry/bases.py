"""Base images of the default versions, one a line: `python -m settings.registry.bases`, for the SBOM."""

import sys

from settings.registry.registry import public_bases

if __name__ == "__main__":
    sys.stdout.writelines(f"{base}\n" for base in public_bases())
