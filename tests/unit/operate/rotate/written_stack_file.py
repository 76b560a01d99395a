"""A stack file as Pulumi writes it, with settings of a test's choice."""

from pathlib import Path

import yaml


def stack_file(folder: Path, **settings: object) -> Path:
    """Write the file of the stack `prod` and return its place.

    Args:
        folder: in which it lies.
        settings: of the program, without their namespace.
    """
    file = folder / "Pulumi.prod.yaml"
    config = {f"softlayer-registry:{name}": value for name, value in settings.items()}
    file.write_text(yaml.safe_dump({"config": config}))
    return file
