"""Both ends of a migration in a stack's outputs.

The output `operate`, secret as a whole:

    {"swift": {"authUrl": ..., "username": ..., "key": ...},
     "legacy": {"container": ..., "storagePath": "/registry"},
     "registry": {"endpoint": "https://HOST:PORT", "user": ..., "password": ..., "authority": PEM}}
"""

from collections.abc import Mapping

OUTPUT = "operate"
_OUTPUT_KEYS = {
    "auth_url": ("swift", "authUrl"),
    "username": ("swift", "username"),
    "key": ("swift", "key"),
    "container": ("legacy", "container"),
    "storage_path": ("legacy", "storagePath"),
    "endpoint": ("registry", "endpoint"),
    "user": ("registry", "user"),
    "password": ("registry", "password"),
    "authority": ("registry", "authority"),
}


def values_from_outputs(outputs: Mapping[str, object]) -> dict[str, str]:
    """Return the values of both ends in a stack's outputs, by the names that `access` takes."""
    output = outputs.get(OUTPUT)
    values: dict[str, str] = {}
    for name, (part, key) in _OUTPUT_KEYS.items():
        section = output.get(part) if isinstance(output, Mapping) else None
        value = section.get(key) if isinstance(section, Mapping) else None
        if isinstance(value, str) and value:
            values[name] = value
    return values
