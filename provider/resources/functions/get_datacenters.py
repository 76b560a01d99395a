"""`softlayer:index:getDatacenters`: where can be ordered."""

from provider.resources.contract import Checked
from provider.resources.fields import Field, check_fields
from provider.session import Session
from provider.softlayer.records import as_records, text_at, whole_at
from provider.values import UNKNOWN, Properties

FIELDS: tuple[Field, ...] = ()
MASK = "mask[id,name,longName]"


class GetDatacenters:
    """The function, over SoftLayer_Location::getDatacenters."""

    token = "softlayer:index:getDatacenters"  # noqa: S105 - a function token

    def check(self, arguments: Properties) -> Checked:
        """There are no arguments."""
        return check_fields(FIELDS, arguments)

    def unknown(self) -> Properties:
        """Return the answer while an argument is unknown."""
        return {"names": UNKNOWN, "datacenters": UNKNOWN}

    async def call(self, session: Session, arguments: Properties) -> Properties:
        """List the datacenters by short name."""
        records = as_records(await session.api.read("Location", "getDatacenters", mask=MASK))
        datacenters = sorted(records, key=lambda place: text_at(place, "name"))
        return {
            "names": [text_at(place, "name") for place in datacenters],
            "datacenters": [
                {
                    "id": whole_at(place, "id"),
                    "name": text_at(place, "name"),
                    "longName": text_at(place, "longName"),
                }
                for place in datacenters
            ],
        }
