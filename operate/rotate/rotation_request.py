"""What an operator requests of a rotation."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class RotationRequest:
    """A rotation that an operator requests.

    Attributes:
        secrets: Provided secrets, by setting. Secret.
        settings: Settings that are provided beside them.
        minutes: Minutes for which the old secret is accepted at least; None is the kind's own.
        retire: Whether clients are ready, so that the old secret may be given up; it begins no rotation.
    """

    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    settings: Mapping[str, object] = field(default_factory=dict)
    minutes: float | None = None
    retire: bool = False
