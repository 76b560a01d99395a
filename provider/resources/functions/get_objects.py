"""`softlayer:index:getObjects`: the objects that a container has now."""

from provider.resources.contract import Checked
from provider.resources.fields import Field, check_fields
from provider.resources.storage.container import check_name, check_url, login_of
from provider.session import Session
from provider.swift import list_objects
from provider.values import UNKNOWN, Properties, text

FIELDS = (
    Field("authUrl", required=True, rule=check_url),
    Field("username", required=True),
    Field("key", required=True),
    Field("container", required=True, rule=check_name),
    Field("prefix"),
)


class GetObjects:
    """The function."""

    token = "softlayer:index:getObjects"  # noqa: S105 - a function token

    def check(self, arguments: Properties) -> Checked:
        """Check the inputs by the table."""
        return check_fields(FIELDS, arguments)

    def unknown(self) -> Properties:
        """Return the answer while an argument is unknown."""
        return {"names": UNKNOWN, "bytes": UNKNOWN}

    async def call(self, session: Session, arguments: Properties) -> Properties:
        """List the objects: names, and their sizes' sum in bytes."""
        session.redactor.register_secret(text(arguments, "key"))
        listing = await list_objects(
            login_of(arguments), text(arguments, "container"), text(arguments, "prefix"), session.stop
        )
        return {"names": list(listing.names), "bytes": listing.total}
