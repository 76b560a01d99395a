"""ColourRecipe: what one colour's container is created from on one server, at present or when it was created.

A release that is kept (`keepRelease`) does not follow later changes of the settings and the checkout: a swap
keeps the live release while it builds the other one, and a rollback returns to it. Its recipe and its secrets
are in the state, in Stashes whose input is not changed while the release is kept. So a rotated secret reaches
the idle colour alone, and a swap makes it live. A server that was installed again has nothing to keep: its
containers are created from the present recipe, with the present secrets. Its Stashes are replaced by those,
which are kept from then on; other servers keep what they have.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pulumi

from components.access.door_credential import PASSWORD
from components.proxy.colour_ports import PORTS, ColourPorts
from components.registry.backend import RegistryBackend, legacy_backend, modern_backend
from components.registry.container.recipe import (
    ContainerRecipe,
    describe_changes,
    recipe_from,
    secret_digests,
)
from components.registry.container.shape import ContainerShape
from components.registry.image import RegistryImage
from components.registry.registry_host import RegistryHost
from components.storage.object_store import KEY
from components.storage.store import HTTP_SECRET, RegistryStore
from settings import Colour, LegacySettings, ModernSettings


@dataclass(frozen=True)
class ColourRecipeArgs:
    """What a recipe is read from.

    Attributes:
        registry_host: The server that runs the container.
        colour: Colour, `red` or `black`.
        release: Name of the release.
        image: Image that it runs.
        settings: Settings of its generation in the release.
        store: Store where it keeps everything.
        published: Whether Docker publishes it as in the article, without a front door.
        keep: Whether it stays as it was made.
    """

    registry_host: RegistryHost
    colour: Colour
    release: str
    image: RegistryImage
    settings: ModernSettings | LegacySettings
    store: RegistryStore
    published: bool = False
    keep: bool = False

    @property
    def generation(self) -> str:
        """`modern` or `legacy`."""
        return "legacy" if isinstance(self.settings, LegacySettings) else "modern"

    @property
    def name(self) -> str:
        """Of the colour's resources: its next release replaces this one, and front doors may come and go."""
        return f"{self.registry_host.server.name}-{self.generation}-{self.colour}"


@dataclass(frozen=True)
class RecipeRecord:
    """The recipe of a container that exists, or that would be created.

    Attributes:
        installation: Installation of its server.
        recipe: Text of the recipe.
        image: Identity of its image; "" where that is not known yet.
    """

    installation: str
    recipe: str
    image: str = ""

    @property
    def text(self) -> str:
        """For the state."""
        return json.dumps(asdict(self), sort_keys=True)


def valid_record(recorded: str, installation: str) -> RecipeRecord | None:
    """Return the record of a kept container; None where its server is a new one.

    Args:
        recorded: Text of the record.
        installation: Present installation of its server.
    """
    record = RecipeRecord(**json.loads(recorded))
    return record if record.installation == installation and record.image else None


def state_record(
    name: str,
    value: pulumi.Input[Any],
    *,
    keep: bool,
    installation: pulumi.Input[str],
    parent: pulumi.Resource | None = None,
    depends_on: Sequence[pulumi.Resource] = (),
) -> pulumi.Output[Any]:
    """Record a value in the state, or read the record; what is secret is encrypted there.

    Args:
        name: Name of the resource.
        value: Value to be recorded; where it is kept it counts only without a record, in a new state.
        keep: Whether the record stays.
        installation: Installation of the server; the record does not outlive it.
        parent: Parent of the resource.
        depends_on: Resources before which nothing is recorded.

    Returns:
        The record.
    """
    opts = pulumi.ResourceOptions(
        parent=parent,
        depends_on=list(depends_on),
        ignore_changes=["input"] if keep else None,
        # A replacement takes the input of the program, whatever is ignored (Pulumi 3.259, step_generator.go).
        replacement_trigger=installation,
    )
    record: pulumi.Output[Any] = pulumi.Stash(name, input=value, opts=opts).input
    return record


class ColourRecipe:
    """The recipe of a colour's container; it is no component, and belongs to its site.

    Args:
        args: Arguments that the recipe is read from.
        parent: The site.

    Attributes:
        args: Arguments that the recipe is read from.
        text: Text of the recipe in force.
        recipe: Recipe in force.
        image: Identity of the image in force.
        secrets: Secrets in force, by the names of their marks. Secret.
        backend: How the container is reached, and what must exist before it.
    """

    def __init__(self, args: ColourRecipeArgs, parent: pulumi.Resource) -> None:
        self.args, self._parent = args, parent
        self.backend = backend_of(args, PORTS[args.generation, args.colour])
        self._installation = args.registry_host.server.host.installation
        present = present_recipe(args, self.backend)
        self.text, self.image, self.secrets = present, args.image.digest, self.backend.secrets
        if args.keep:
            self._keep(present)
        self.recipe = self.text.apply(recipe_from)

    @property
    def upload_secret(self) -> pulumi.Output[str]:
        """What the state of its uploads is signed with; "" where it signs none; secret."""
        is_modern = self.args.generation == "modern"
        return pulumi.Output.secret(
            self.secrets.apply(lambda secrets: secrets[HTTP_SECRET] if is_modern else "")
        )

    @property
    def storage_key(self) -> pulumi.Output[str]:
        """The key with which it logs in to Swift; "" where it keeps its images elsewhere; secret."""
        return pulumi.Output.secret(self.secrets.apply(lambda secrets: secrets.get(KEY, "")))

    @property
    def door_password(self) -> pulumi.Output[str]:
        """The password with which front doors come to the container, "" where none does; secret."""
        return pulumi.Output.secret(self.secrets.apply(lambda secrets: secrets.get(PASSWORD, "")))

    def record(self, container: pulumi.Resource) -> None:
        """Record the recipe once the container exists; a kept one has its record already."""
        if self.args.keep:
            return
        text = pulumi.Output.all(self._installation, self.text, self.image).apply(
            lambda values: RecipeRecord(*map(str, values)).text
        )
        for name, value in ((self._record_name, text), (self._secrets_name, self.secrets)):
            state_record(
                name,
                value,
                keep=False,
                installation=self._installation,
                parent=self._parent,
                depends_on=[container],
            )

    def _keep(self, present: pulumi.Output[str]) -> None:
        """Take recipe, image and secrets from the record, and the present ones where it does not count.

        The present ones may be unknown in a preview, which must not touch what is kept.
        """
        image, present_secrets = self.args.image.digest, self.backend.secrets
        now = pulumi.Output.all(self._installation, present, image).apply(
            lambda values: RecipeRecord(*map(str, values)).text
        )
        recorded, secrets = (
            state_record(name, value, keep=True, installation=self._installation, parent=self._parent)
            for name, value in ((self._record_name, now), (self._secrets_name, present_secrets))
        )
        record = pulumi.Output.all(recorded, self._installation).apply(
            lambda values: valid_record(str(values[0]), str(values[1]))
        )
        self.text = record.apply(lambda kept: kept.recipe if kept else present)
        self.image = record.apply(lambda kept: kept.image if kept else image)
        in_force: pulumi.Output[dict[str, str]] = record.apply(
            lambda kept: secrets if kept else present_secrets
        )
        self.secrets = pulumi.Output.secret(in_force)
        pulumi.Output.all(self.text, present).apply(lambda values: self._announce(*map(str, values)))

    def _announce(self, kept: str, present: str) -> None:
        """Log the changes that a kept release does not follow."""
        generation, release = self.args.generation, self.args.release
        if changes := describe_changes({generation: kept}, {generation: present}):
            pulumi.log.info(
                f"release {release} ({self.args.colour}) stays as it was made; `operate swap"
                f" {pulumi.get_stack()} --to RELEASE` makes live what has changed since: {changes}"
            )

    @property
    def _record_name(self) -> str:
        return f"{self.args.name}-recipe"

    @property
    def _secrets_name(self) -> str:
        return f"{self.args.name}-secrets"


def present_recipe(args: ColourRecipeArgs, backend: RegistryBackend) -> pulumi.Output[str]:
    """Return the text of a recipe as settings and checkout have it now.

    Args:
        args: Arguments that the recipe is read from.
        backend: Backend through which the container is reached.
    """

    def text(shape: ContainerShape, secrets: Mapping[str, str]) -> str:
        digests = secret_digests(shape, secrets)
        return ContainerRecipe(
            args.image.source,
            shape,
            args.settings.memory,
            secrets=digests,
            memory_swap=args.settings.memory_swap or None,
        ).text

    # No secret is in it, only digests of them.
    return pulumi.Output.unsecret(
        pulumi.Output.all(backend.container, backend.secrets).apply(lambda values: text(*values))
    )


def backend_of(args: ColourRecipeArgs, ports: ColourPorts) -> RegistryBackend:
    """Return the backend of a front door.

    Args:
        args: Arguments that its recipe is read from.
        ports: Ports of the colour.
    """
    if isinstance(args.settings, LegacySettings):
        return legacy_backend(
            args.store,
            args.settings,
            args.settings.port if args.published else ports.registry,
            "" if args.published else args.release,
        )
    return modern_backend(args.registry_host, args.store, args.settings, ports, args.release)
