"""`python -m dev.images IMAGE`: make an image, or find it in the cache; print its path."""

import argparse
import sys

from dev.images.error import ImageError
from dev.images.legacy_base import legacy_base
from dev.images.machine import machine_image
from dev.images.registry_base import registry_base
from dev.images.registry_base_3 import registry_base_3

_IMAGES = {
    "legacy-base": legacy_base,
    "machine": machine_image,
    "registry-base": registry_base,
    "registry-base-3": registry_base_3,
}


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="images", description="Make an image; print its path.")
    parser.add_argument("image", choices=sorted(_IMAGES))
    chosen = parser.parse_args(arguments)
    try:
        path = _IMAGES[chosen.image]()
    except ImageError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"image {chosen.image}: interrupted; the next run makes it\n")
        return 130
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
