"""What a stack file says, read without Pulumi."""

from pathlib import Path

import yaml

PROGRAM = Path(__file__).resolve().parent.parent
"""Folder with Pulumi.yaml."""
_NAMESPACE = "softlayer-registry"


def read_setting(stack_file: Path, name: str) -> str:
    """Return a setting that is a text; "" where the file does not have it, or cannot be read.

    Args:
        stack_file: the stack's file.
        name: of the setting, without its namespace.
    """
    try:
        content: object = yaml.safe_load(stack_file.read_text())
    except (OSError, ValueError, yaml.YAMLError):
        return ""
    config = content.get("config") if isinstance(content, dict) else None
    value = config.get(f"{_NAMESPACE}:{name}") if isinstance(config, dict) else None
    return value if isinstance(value, str) else ""
