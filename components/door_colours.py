"""DoorColours: tells a server's doors which colours there are; the doors say which is live."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.proxy import Proxy
from components.remote_script import remote_script
from settings import Colour


@dataclass(frozen=True)
class DoorColoursArgs:
    """Which colours there are.

    Attributes:
        proxy: of the server with the front doors.
        generations: with a front door each.
        releases: by colour.
        begin: the colour with which a new door begins.
    """

    proxy: Proxy
    generations: tuple[str, ...]
    releases: Mapping[Colour, str]
    begin: Colour


class DoorColours(pulumi.ComponentResource):
    """The colours as the doors know them.

    What would take the live colour away, or change its release, is refused here: depend on it before a
    registry or a door is touched.

    Attributes:
        live: the colour that was live when this was last told; a switch since then is not seen.
        applied: depend on it.
    """

    def __init__(self, name: str, args: DoorColoursArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:DoorColours", name, {}, opts)
        server = args.proxy.server
        self.applied = remote_script(
            name,
            "door-colours.sh",
            "tell",
            ",".join(args.generations),
            args.begin,
            *(f"{colour}={release}" for colour, release in args.releases.items()),
            host=server.host,
            opts=server.on_server(self, args.proxy.applied),
            undo=("forget",),
        )
        self.live = pulumi.Output.unsecret(self.applied.stdout.apply(str.strip))
        self.register_outputs({"live": self.live})
