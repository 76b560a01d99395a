"""`softlayer:index:getImages`: what a server can be installed from."""

from provider.resources.contract import Checked
from provider.resources.fields import Field, check_fields
from provider.session import Session
from provider.softlayer.records import Record, as_record, as_records, records_at, text_at, whole_at
from provider.values import UNKNOWN, Properties, Value

FIELDS: tuple[Field, ...] = ()
MASK = "mask[id,parentId,globalIdentifier,name,note,createDate,datacenters[name]]"


class GetImages:
    """The function, over SoftLayer_Virtual_Guest::getCreateObjectOptions and the account's private images."""

    token = "softlayer:index:getImages"  # noqa: S105 - a function token

    def check(self, arguments: Properties) -> Checked:
        """There are no arguments."""
        return check_fields(FIELDS, arguments)

    def unknown(self) -> Properties:
        """Return the answer while an argument is unknown."""
        return {"osCodes": UNKNOWN, "operatingSystems": UNKNOWN, "privateImages": UNKNOWN}

    async def call(self, session: Session, arguments: Properties) -> Properties:
        """List operating systems by reference code and private images by name."""
        options = as_record(await session.api.read("Virtual_Guest", "getCreateObjectOptions"))
        groups = await session.api.read("Account", "getPrivateBlockDeviceTemplateGroups", mask=MASK)
        systems = operating_systems(options)
        return {
            "osCodes": [system["code"] for system in systems],
            "operatingSystems": list(systems),
            "privateImages": list(private_images(as_records(groups))),
        }


def operating_systems(options: Record) -> tuple[dict[str, Value], ...]:
    """Return the operating systems on offer, each once, by reference code."""
    described: dict[str, Value] = {}
    for option in records_at(options, "operatingSystems"):
        code = text_at(option, "template.operatingSystemReferenceCode")
        if code:
            described.setdefault(code, text_at(option, "itemPrice.item.description"))
    return tuple({"code": code, "description": described[code]} for code in sorted(described))


def private_images(groups: tuple[Record, ...]) -> tuple[dict[str, Value], ...]:
    """Return the account's images by name and id; a group's children are its copies elsewhere, not images."""
    images = (group for group in groups if whole_at(group, "parentId") is None)
    return tuple(
        {
            "id": whole_at(image, "id"),
            "globalIdentifier": text_at(image, "globalIdentifier"),
            "name": text_at(image, "name"),
            "note": text_at(image, "note"),
            "created": text_at(image, "createDate"),
            "datacenters": sorted(text_at(place, "name") for place in records_at(image, "datacenters")),
        }
        for image in sorted(images, key=lambda image: (text_at(image, "name"), whole_at(image, "id") or 0))
    )
