"""Where the registry of an environment and its images are: recorded once, and refused to move by accident."""

from collections.abc import Sequence

import pulumi

from pulumi_softlayer.arguments import arguments, to_register


@arguments
class RegistryPlacementArgs:
    """What a `RegistryPlacement` is made from; the fields are explained at `RegistryPlacement`."""

    environment: pulumi.Input[str] = pulumi.property(name="environment")
    servers: pulumi.Input[Sequence[pulumi.Input[str]]] = pulumi.property(name="servers")
    domain: pulumi.Input[str] = pulumi.property(name="domain")
    front_doors: pulumi.Input[Sequence[pulumi.Input[str]]] = pulumi.property(name="frontDoors")
    store_door: pulumi.Input[str] | None = pulumi.property(name="storeDoor", default=None)
    retiring_doors: pulumi.Input[Sequence[pulumi.Input[str]]] | None = pulumi.property(
        name="retiringDoors", default=None
    )
    shared_address: pulumi.Input[bool] | None = pulumi.property(name="sharedAddress", default=None)
    global_ip_notes: pulumi.Input[str] | None = pulumi.property(name="globalIpNotes", default=None)
    home: pulumi.Input[str] | None = pulumi.property(name="home", default=None)
    object_datacenter: pulumi.Input[str] | None = pulumi.property(name="objectDatacenter", default=None)
    modern_container: pulumi.Input[str] | None = pulumi.property(name="modernContainer", default=None)
    legacy_container: pulumi.Input[str] | None = pulumi.property(name="legacyContainer", default=None)
    containers: pulumi.Input[Sequence[pulumi.Input[str]]] | None = pulumi.property(
        name="containers", default=None
    )
    legacy_port: pulumi.Input[int] | None = pulumi.property(name="legacyPort", default=None)
    chosen_legacy_port: pulumi.Input[bool] | None = pulumi.property(name="chosenLegacyPort", default=None)


class RegistryPlacement(pulumi.CustomResource):
    """Where the registry of an environment is. Nothing of it is in the account; its Pulumi id is the stack.

    Its inputs are compared with those of the state whenever the program runs, in a preview too. A change that
    would move the registry or its images by accident is refused, with the command that moves it on purpose.
    So is the first run of a state that lacks servers which the account has.
    """

    environment: pulumi.Output[str] = pulumi.property(name="environment")
    servers: pulumi.Output[Sequence[str]] = pulumi.property(name="servers")
    domain: pulumi.Output[str] = pulumi.property(name="domain")
    front_doors: pulumi.Output[Sequence[str]] = pulumi.property(name="frontDoors")
    store_door: pulumi.Output[str | None] = pulumi.property(name="storeDoor")
    retiring_doors: pulumi.Output[Sequence[str] | None] = pulumi.property(name="retiringDoors")
    shared_address: pulumi.Output[bool] = pulumi.property(name="sharedAddress")
    global_ip_notes: pulumi.Output[str | None] = pulumi.property(name="globalIpNotes")
    home: pulumi.Output[str | None] = pulumi.property(name="home")
    object_datacenter: pulumi.Output[str | None] = pulumi.property(name="objectDatacenter")
    modern_container: pulumi.Output[str | None] = pulumi.property(name="modernContainer")
    legacy_container: pulumi.Output[str | None] = pulumi.property(name="legacyContainer")
    containers: pulumi.Output[Sequence[str] | None] = pulumi.property(name="containers")
    legacy_port: pulumi.Output[int | None] = pulumi.property(name="legacyPort")
    chosen_legacy_port: pulumi.Output[bool] = pulumi.property(name="chosenLegacyPort")
    account_id: pulumi.Output[int] = pulumi.property(name="accountId")

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        environment: pulumi.Input[str],
        servers: pulumi.Input[Sequence[pulumi.Input[str]]],
        domain: pulumi.Input[str],
        front_doors: pulumi.Input[Sequence[pulumi.Input[str]]],
        store_door: pulumi.Input[str] | None = None,
        retiring_doors: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        shared_address: pulumi.Input[bool] | None = None,
        global_ip_notes: pulumi.Input[str] | None = None,
        home: pulumi.Input[str] | None = None,
        object_datacenter: pulumi.Input[str] | None = None,
        modern_container: pulumi.Input[str] | None = None,
        legacy_container: pulumi.Input[str] | None = None,
        containers: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        legacy_port: pulumi.Input[int] | None = None,
        chosen_legacy_port: pulumi.Input[bool] | None = None,
    ) -> None:
        """Record where the registry is, or refuse what would move it.

        Everything else of the environment depends on it.

        Args:
            resource_name: Name in the program.
            opts: Pulumi's options.
            environment: Name of the stack, and a tag of every server. Commands in a refusal have it.
            servers: All servers of the environment, each DATACENTER-NAME. A name that is new here is refused
                where the account has it already, with this domain and that tag.
            domain: DNS domain of the servers.
            front_doors: Servers that carry the registry behind a front door, each DATACENTER-NAME. More may
                come; the last one behind an address may not go.
            store_door: Front door whose server keeps what operators share where there is no object storage.
                The one recorded stays while it has a front door.
            retiring_doors: Front doors that may go all the same.
            shared_address: Whether one address leads to every front door; else each datacenter's clients
                know the doors of their datacenter only. False by default.
            global_ip_notes: Notes of the global IP in front of the doors; a door that it leads to may not go.
            home: Datacenter whose registry stands for the environment.
            object_datacenter: Datacenter of the object storage account, once there is one.
            modern_container: Container of the modern registry's images, while that registry runs.
            legacy_container: Container of the legacy registry's images, while that registry runs.
            containers: Containers that are kept, also those of a registry that runs no more.
            legacy_port: TCP port of the legacy registry, while that registry runs.
            chosen_legacy_port: Whether that port may change with the generations that run. False by default.
        """
        args = RegistryPlacementArgs(
            environment=environment,
            servers=servers,
            domain=domain,
            front_doors=front_doors,
            store_door=store_door,
            retiring_doors=retiring_doors,
            shared_address=shared_address,
            global_ip_notes=global_ip_notes,
            home=home,
            object_datacenter=object_datacenter,
            modern_container=modern_container,
            legacy_container=legacy_container,
            containers=containers,
            legacy_port=legacy_port,
            chosen_legacy_port=chosen_legacy_port,
        )
        super().__init__(
            "softlayer:index:RegistryPlacement", resource_name, to_register(args, "account_id"), opts
        )
