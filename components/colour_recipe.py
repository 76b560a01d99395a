"""ColourRecipe: what one colour's container is made from on one server, now or as it was made.

A release that is kept (`keepRelease`) stays as it was made, whatever the settings and the checkout say since:
a swap keeps the live one while it builds the other one, and it stays the way back. What its container was
made from is in the state, in a Stash whose input is not changed while the release is kept. A server that was
installed again has nothing to be kept: what is on it then is made from the present recipe.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial

import pulumi

from components.carrier import Carrier
from components.colour_ports import PORTS, ColourPorts
from components.container_recipe import ContainerRecipe, describe_changes, recipe_from
from components.registry_backend import RegistryBackend, legacy_backend, modern_backend
from components.registry_image import RegistryImage
from components.registry_store import RegistryStore
from settings import Colour, LegacySettings, ModernSettings


@dataclass(frozen=True)
class ColourRecipeArgs:
    """What a recipe is read from.

    Attributes:
        carrier: the server that carries the container.
        colour: red or black.
        release: its name.
        image: what it runs.
        settings: of its generation, as the release has them.
        store: where it keeps everything.
        published: whether Docker publishes it as in the article, without a front door.
        keep: whether it stays as it was made.
    """

    carrier: Carrier
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
        return f"{self.carrier.server.name}-{self.generation}-{self.colour}"


@dataclass(frozen=True)
class RecipeRecord:
    """What a container was made from, or would be made from.

    Attributes:
        installation: of its server.
        recipe: text of the recipe.
        image: identity of its image; "" where that is not known yet.
    """

    installation: str
    recipe: str
    image: str = ""

    @property
    def text(self) -> str:
        """For the state."""
        return json.dumps(asdict(self), sort_keys=True)


def in_force(recorded: str, present: RecipeRecord) -> RecipeRecord:
    """Return what a kept container is made from: the record, or the present where its server is a new one.

    Args:
        recorded: text of the record.
        present: what settings and checkout say now.
    """
    record = RecipeRecord(**json.loads(recorded))
    return record if record.installation == present.installation and record.image else present


def state_record(
    name: str,
    value: pulumi.Input[str],
    *,
    keep: bool,
    parent: pulumi.Resource | None = None,
    depends_on: Sequence[pulumi.Resource] = (),
) -> pulumi.Output[str]:
    """Record a value in the state, or read the record.

    Args:
        name: of the resource.
        value: to be recorded; where it is kept it counts only without a record, in a new state.
        keep: whether the record stays.
        parent: of the resource.
        depends_on: recorded only after these.

    Returns:
        The record.
    """
    opts = pulumi.ResourceOptions(
        parent=parent, depends_on=list(depends_on), ignore_changes=["input"] if keep else None
    )
    record: pulumi.Output[str] = pulumi.Stash(name, input=value, opts=opts).input
    return record


def _image(present: pulumi.Output[str], record: RecipeRecord) -> pulumi.Input[str]:
    """The image in force: the recorded one, else the present one, which a preview may not know."""
    return record.image or present


class ColourRecipe:
    """The recipe of a colour's container; it is no component, and belongs to its site.

    Args:
        args: what it is read from.
        parent: the site.

    Attributes:
        args: the same.
        text: of the recipe in force.
        recipe: in force.
        image: identity of the image in force.
        backend: how the container is reached, and what must exist before it.
    """

    def __init__(self, args: ColourRecipeArgs, parent: pulumi.Resource) -> None:
        self.args, self._parent = args, parent
        self.backend = backend_of(args, PORTS[args.generation, args.colour])
        self._installation = args.carrier.server.host.installation
        present = present_recipe(args, self.backend)
        if args.keep:
            kept = self._kept(present)
            self.text = kept.apply(lambda record: record.recipe)
            self.image = kept.apply(partial(_image, args.image.digest))
        else:
            self.text, self.image = present, args.image.digest
        self.recipe = self.text.apply(recipe_from)

    def record(self, container: pulumi.Resource) -> None:
        """Record what the container was made from, once it is there; a kept one has its record."""
        if self.args.keep:
            return
        text = pulumi.Output.all(self._installation, self.text, self.image).apply(
            lambda values: RecipeRecord(*map(str, values)).text
        )
        state_record(self._record_name, text, keep=False, parent=self._parent, depends_on=[container])

    def _kept(self, present: pulumi.Output[str]) -> pulumi.Output[RecipeRecord]:
        now = pulumi.Output.all(self._installation, present).apply(
            lambda values: RecipeRecord(*map(str, values))
        )
        text = now.apply(lambda record: record.text)
        record = state_record(self._record_name, text, keep=True, parent=self._parent)
        return pulumi.Output.all(record, now).apply(
            lambda values: self._announced(in_force(str(values[0]), values[1]), values[1])
        )

    def _announced(self, record: RecipeRecord, present: RecipeRecord) -> RecipeRecord:
        """Say what a kept release does not follow."""
        generation, release = self.args.generation, self.args.release
        if changes := describe_changes({generation: record.recipe}, {generation: present.recipe}):
            pulumi.log.info(
                f"release {release} ({self.args.colour}) stays as it was made; `operate swap"
                f" {pulumi.get_stack()} --to RELEASE` makes live what has changed since: {changes}"
            )
        return record

    @property
    def _record_name(self) -> str:
        return f"{self.args.name}-recipe"


def present_recipe(args: ColourRecipeArgs, backend: RegistryBackend) -> pulumi.Output[str]:
    """Return the text of a recipe as settings and checkout have it now.

    Args:
        args: what it is read from.
        backend: how the container is reached.
    """
    return backend.container.apply(
        lambda shape: ContainerRecipe(args.image.source, shape, args.settings.memory).text
    )


def backend_of(args: ColourRecipeArgs, ports: ColourPorts) -> RegistryBackend:
    """Return what stands behind a front door.

    Args:
        args: what its recipe is read from.
        ports: of the colour.
    """
    if isinstance(args.settings, LegacySettings):
        return legacy_backend(
            args.store, args.settings, args.settings.port if args.published else ports.registry
        )
    return modern_backend(args.carrier, args.store, args.settings, ports)
