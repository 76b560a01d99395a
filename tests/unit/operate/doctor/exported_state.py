"""What `pulumi stack export` prints, and images of a stack."""

from collections.abc import Mapping
from typing import Any

IMAGE, OTHER_IMAGE = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"


def exported(**deployment: object) -> Mapping[str, Any]:
    """The state of a stack with one server."""
    stack = {"type": "pulumi:pulumi:Stack", "urn": "urn:x::stack", "outputs": {"operate": "secret"}}
    server = {"type": "softlayer:index:VirtualGuest", "urn": "urn:x::dal05-a", "id": "7"}
    return {
        "version": 3,
        "deployment": {"manifest": {"version": "v3.259.0"}, "resources": [stack, server], **deployment},
    }
