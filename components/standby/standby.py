"""Standby: a server that carries nothing and is ready to become the registry within seconds.

Everything that makes it so is prepared as a list of scripts with their input: `operate recover --on` runs
them without Pulumi. The `pulumi up` that follows declares the same on that server; its registry starts beside
the standby's, on ports of its own, and the front door goes over to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pulumi
from pulumi_command import remote

from components.access.door_credential import PASSWORD
from components.clients.registry_name import RegistryName
from components.proxy.colour_ports import PORTS, STANDBY_PORTS, ColourPorts
from components.proxy.front_door import ColourTarget, FrontDoor
from components.registry.colour_recipe import ColourRecipeArgs, backend_of, present_recipe
from components.registry.container.docker_options import container_input
from components.registry.container.files import archive, files_folder
from components.registry.container.recipe import ContainerRecipe, recipe_from
from components.registry.door_colours import ColourDescription
from components.registry.image import RegistryImage
from components.registry.registry import RegistryArgs, certificate_for, door_args, listen_address
from components.remote.script import INSTALLATION_SECONDS, remote_script
from components.server.server import Server
from components.standby.bundle import LIVE, StandbyStep, StepOrder, bundle
from settings import Colour


@dataclass(frozen=True)
class StandbyArgs:
    """What a standby is made ready for.

    Attributes:
        server: The standby.
        registries: Registries by generation, as the datacenter's first front door has them.
        images: Images on the standby, by generation and colour.
    """

    server: Server
    registries: Mapping[str, RegistryArgs]
    images: Mapping[str, Mapping[Colour, RegistryImage]]

    @property
    def first(self) -> RegistryArgs:
        """What all generations share is in it."""
        return next(iter(self.registries.values()))

    @property
    def tokens(self) -> Mapping[str, pulumi.Output[str]]:
        """The tokens of the images' last builds, by the images' names."""
        return {image.name: image.token for images in self.images.values() for image in images.values()}

    def source(self, generation: str, colour: Colour) -> ColourRecipeArgs:
        """What a colour's recipe is read from: nothing is there yet that a kept release could stay as."""
        source = self.registries[generation].releases[colour].recipe.args
        return replace(source, image=self.images[generation][colour], keep=False)

    def recipes(self, colour: Colour) -> pulumi.Output[dict[str, str]]:
        """The texts of a colour's recipes by generation, as they are where the standby has a front door."""
        sources = {generation: self.source(generation, colour) for generation in self.registries}
        ports = {generation: PORTS[generation, colour] for generation in sources}
        return pulumi.Output.all(**{
            generation: present_recipe(source, backend_of(source, ports[generation]))
            for generation, source in sources.items()
        })  # fmt: skip


class Standby(pulumi.ComponentResource):
    """A server made ready.

    Attributes:
        server: The standby.
        endpoint: Endpoint, `https://HOST:PORT` at which it serves once it is the registry.
        listens: `HOST:PORT` of its front doors, by generation.
    """

    def __init__(self, name: str, args: StandbyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:Standby", name, {}, opts)
        server = self.server = args.server
        listen = listen_address(args.first.access, server)
        self.listens = {
            generation: pulumi.Output.format("{0}:{1}", listen, registry.port)
            for generation, registry in args.registries.items()
        }
        registry_name = _registry_name(args.first, server)
        self.endpoint = pulumi.Output.format("https://{0}:{1}", registry_name.host, args.first.port)
        self._prepare(name, args, self._install(name))
        self.register_outputs({"endpoint": self.endpoint})

    def _install(self, name: str) -> remote.Command:
        """Install HAProxy's package alone; it is never removed, since another server may have run this."""
        return remote_script(
            f"{name}-haproxy",
            "proxy.sh",
            "packages",
            host=self.server.builder.host,
            timeout=INSTALLATION_SECONDS,
            opts=self.server.on_server(self, self.server.engine),
        )

    def _prepare(self, name: str, args: StandbyArgs, installed: remote.Command) -> remote.Command:
        server = self.server
        action = server.builder.server.apply(lambda builder: "prepare" if builder == server.name else "skip")
        images = [pulumi.Output.format("{0}={1}", image, token) for image, token in args.tokens.items()]
        return remote_script(
            name,
            "standby.sh",
            action,
            *images,
            host=server.builder.host,
            secret_input=pulumi.Output.all(*_steps(args)).apply(bundle),
            opts=server.on_server(self, installed),
            installs=("/etc/registry-standby",),
        )


def end_standby(
    server: Server, parent: pulumi.Resource, depends_on: Sequence[pulumi.Resource]
) -> remote.Command:
    """Remove what `operate recover --on` started on a server, once its own registry serves.

    Args:
        server: A server with front doors.
        parent: Parent of the resource.
        depends_on: The server's registries behind their front doors.
    """
    return remote_script(
        f"{server.name}-standby-end",
        "standby.sh",
        "end",
        host=server.host,
        opts=server.on_server(parent, *depends_on),
    )


def _registry_name(args: RegistryArgs, server: Server) -> RegistryName:
    listen = listen_address(args.access, server)
    dns_name = args.access.name_in(server.settings.datacenter)
    return RegistryName(dns_name, args.address.address if args.address else listen, args.access.name_in_hosts)


def _steps(args: StandbyArgs) -> list[pulumi.Output[StandbyStep]]:
    """Return the steps that `RegistryHost`, `RegistryColour`, `DoorColours` and `Registry` declare."""
    first, registry_host = args.first, args.first.front
    containers = [
        (generation, colour)
        for generation, registry in args.registries.items()
        for colour in registry.releases
    ]
    steps = []
    if first.address is not None:
        hold = ("hold", first.address.address)
        steps.append(_step("address", "global-ip.sh", hold, order=StepOrder.BESIDE))
    steps += [_files(args, generation, colour) for generation, colour in containers]
    steps += [_container(args, generation, colour) for generation, colour in containers]
    steps += [
        _step("proxy", "proxy.sh", ("install",)),
        _step("global", "door.sh", ("stage", "00-global"), registry_host.proxy.content),
    ]
    if registry_host.storage_door is not None:
        steps.append(
            _step("storage", "door.sh", ("write", "storage-swift"), registry_host.storage_door.content)
        )
    steps += [_container_start(args, generation, colour) for generation, colour in containers]
    steps.append(_colours(args))
    steps += [_front_door(args, generation) for generation in args.registries]
    return steps


def _step(
    name: str,
    script: str,
    arguments: Sequence[str | pulumi.Output[str]],
    content: pulumi.Input[str] = "",
    colour: str = "",
    order: StepOrder = StepOrder.NEXT,
) -> pulumi.Output[StandbyStep]:
    return pulumi.Output.all(content, *arguments).apply(
        lambda values: StandbyStep(name, script, tuple(map(str, values[1:])), str(values[0]), colour, order)
    )


def _recipe(
    args: StandbyArgs, generation: str, colour: Colour
) -> tuple[pulumi.Output[ContainerRecipe], pulumi.Output[dict[str, str]]]:
    """What the colour's container is made from on ports of the standby's own, with its secrets."""
    source, ports = args.source(generation, colour), STANDBY_PORTS[generation, colour]
    backend = backend_of(source, ports)
    return present_recipe(source, backend).apply(recipe_from), backend.secrets


def _owner(generation: str, colour: Colour) -> str:
    return f"standby-{generation}-{colour}"


def _files(args: StandbyArgs, generation: str, colour: Colour) -> pulumi.Output[StandbyStep]:
    """The files of the colour's container."""
    recipe, secrets = _recipe(args, generation, colour)
    folder = recipe.apply(lambda recipe: files_folder(_owner(generation, colour), recipe))
    content = pulumi.Output.all(recipe, secrets).apply(lambda values: archive(values[0].shape, values[1]))
    return _step(f"files-{generation}-{colour}", "container-files.sh", ("write", folder), content, colour)


def _container(args: StandbyArgs, generation: str, colour: Colour) -> pulumi.Output[StandbyStep]:
    """Create the colour's container from its recipe."""
    source, ports = args.source(generation, colour), STANDBY_PORTS[generation, colour]
    recipe, _ = _recipe(args, generation, colour)
    content = recipe.apply(
        lambda recipe: container_input(
            recipe, source.release, files_folder(_owner(generation, colour), recipe)
        )
    )
    return _step(
        f"container-{generation}-{colour}",
        "standby-container.sh",
        ("create", _container_name(source), source.image.digest, _listened(ports)),
        content,
        colour,
        StepOrder.BESIDE,
    )


def _container_start(args: StandbyArgs, generation: str, colour: Colour) -> pulumi.Output[StandbyStep]:
    """Start the container once the storage door is open, which the registry needs when it starts."""
    words = (
        "start",
        _container_name(args.source(generation, colour)),
        _listened(STANDBY_PORTS[generation, colour]),
    )
    return _step(
        f"start-{generation}-{colour}", "standby-container.sh", words, colour=colour, order=StepOrder.AFTER
    )


def _container_name(source: ColourRecipeArgs) -> str:
    return f"registry-standby-{source.generation}-{source.release}"


def _listened(ports: ColourPorts) -> str:
    return ",".join(dict.fromkeys((str(ports.registry), str(ports.pulls))))


def _colours(args: StandbyArgs) -> pulumi.Output[StandbyStep]:
    """Return the doors' colours with the recipes of the next `pulumi up`, so that it can take over."""
    descriptions = [
        ColourDescription(colour, release.recipe.args.release, args.server, args.recipes(colour))
        for colour, release in args.first.releases.items()
    ]
    arguments = [description.argument for description in descriptions]
    lines = pulumi.Output.all(*(description.lines for description in descriptions)).apply("".join)
    common = ("sync", pulumi.get_stack(), ",".join(args.registries), LIVE)
    return _step("colours", "door-colours.sh", [*common, *arguments], lines)


def _front_door(args: StandbyArgs, generation: str) -> pulumi.Output[StandbyStep]:
    registry, server = args.registries[generation], args.server
    listen, registry_name = listen_address(registry.access, server), _registry_name(registry, server)
    targets = [_target(args, generation, colour) for colour in registry.releases]
    certificate = certificate_for(f"{server.name}-{generation}", registry, registry_name, listen)
    door = FrontDoor.files(door_args(registry, listen, targets, certificate))
    return _step(f"door-{generation}", "door.sh", ("write", f"front-{generation}"), door)


def _target(args: StandbyArgs, generation: str, colour: Colour) -> ColourTarget:
    backend = backend_of(args.source(generation, colour), STANDBY_PORTS[generation, colour])
    is_modern = generation == "modern"
    password = backend.secrets.apply(lambda secrets: secrets[PASSWORD] if is_modern else "")
    return ColourTarget(colour, backend.port, queues=backend.queues, password=pulumi.Output.secret(password))
