"""What of a stack Pulumi refuses to delete, by kind."""

from dataclasses import dataclass, fields

from settings.reader import Reader


@dataclass(frozen=True)
class ProtectionSettings:
    """Each kind by itself: a lost server is replaced without unprotecting the images.

    Attributes:
        servers: The servers.
        images: The object storage account and its containers.
        addresses: The global IP.
    """

    servers: bool = True
    images: bool = True
    addresses: bool = True

    @property
    def kinds(self) -> tuple[str, ...]:
        """Names of the kinds that are protected."""
        return tuple(kind for kind in KINDS if getattr(self, kind))


KINDS = tuple(field.name for field in fields(ProtectionSettings))


def read_protection(reader: Reader) -> ProtectionSettings:
    """Read `protect`; a kind that it leaves out stays protected."""
    values = reader.raw("protect")
    if values is None:
        return ProtectionSettings()
    if not isinstance(values, dict):
        reader.report(
            "protect",
            f"must have a kind ({', '.join(KINDS)}) and true or false for each, got {values!r}; such as"
            " {servers: false}, which leaves the other kinds protected (pulumi config set --path"
            " softlayer-registry:protect.servers false)",
        )
        return ProtectionSettings()
    kinds = reader.inside("protect.", {**dict.fromkeys(KINDS, True), **values})
    kinds.reject_unknown(frozenset(KINDS))
    return ProtectionSettings(**{kind: kinds.take(kind, bool) for kind in KINDS})
