"""DoorColours: declares the colours to a server's front doors, which keep the live one."""

import hashlib
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.proxy.haproxy import DOOR_FOLDER, Proxy
from components.proxy.preview_check import door_refusal
from components.registry.colour_recipe import ColourRecipe
from components.registry.container.adopted import ADOPTING_VARIABLE
from components.registry.container.recipe import fingerprint, recipe_lines
from components.remote.script import remote_script
from components.remote.script_source import script_source
from components.server.server import Server
from settings import Colour

REPLACE_LIVE = "SOFTLAYER_REGISTRY_REPLACE_LIVE"
"""Environment variable with the colour that may be replaced in place although it is live."""
_SCRIPT = "door-colours.sh"


@dataclass(frozen=True)
class ColourDescription:
    """A colour as door-colours.sh reads it.

    Attributes:
        colour: Colour, red or black.
        release: Name of the release.
        server: Server that carries its containers.
        texts: Texts of the containers' recipes, by generation.
    """

    colour: Colour
    release: str
    server: Server
    texts: pulumi.Output[dict[str, str]]

    @property
    def argument(self) -> pulumi.Output[str]:
        """COLOUR=RELEASE:FINGERPRINT:SERVER@INSTALLATION."""
        installation = self.server.host.installation.apply(_short)
        return pulumi.Output.format(
            "{0}={1}:{2}:{3}@{4}",
            self.colour, self.release, self.texts.apply(fingerprint), self.server.name, installation,
        )  # fmt: skip

    @property
    def declared_argument(self) -> pulumi.Output[str]:
        """The same as the state has it, with what an adoption permits, which its second `up` takes back."""
        permission = replacement_permission(self.colour) if os.environ.get(ADOPTING_VARIABLE) else ""
        return pulumi.Output.concat(self.argument, permission)

    @property
    def checked_argument(self) -> pulumi.Output[str]:
        """The same with all that the operator permits in this run."""
        return pulumi.Output.concat(self.argument, replacement_permission(self.colour))

    @property
    def lines(self) -> pulumi.Output[str]:
        """Server and recipe for people, each line after the colour."""
        server = f"server {self.server.name}"
        return self.texts.apply(
            lambda texts: "".join(f"{self.colour} {line}\n" for line in (server, *recipe_lines(texts)))
        )


@dataclass(frozen=True)
class DoorColoursArgs:
    """Which colours there are.

    Attributes:
        proxy: Proxy of the server with the front doors.
        recipes: Recipes of the containers, by colour and generation.
        generations: Generations with a front door each.
        initial_live: The live colour of a new front door.
        published: Whether Docker publishes the registry itself, so that it has no front door and one colour.
    """

    proxy: Proxy
    recipes: Mapping[Colour, Mapping[str, ColourRecipe]]
    generations: tuple[str, ...]
    initial_live: Colour
    published: bool = False

    @property
    def prefix(self) -> tuple[str, ...]:
        """Words in front of the script's action."""
        return ("published",) if self.published else ()

    @property
    def folder(self) -> str:
        """Where the script keeps the colours."""
        return "/etc/softlayer-registry/published" if self.published else DOOR_FOLDER


class DoorColours(pulumi.ComponentResource):
    """The colours that the front doors have.

    A change that would remove the live colour, change its release or replace its container is refused here:
    whatever changes a registry or a front door depends on it. A registry without a front door is protected
    alike.

    Attributes:
        live: The colour that was live at the last update; a later switch is not included.
        applied: Resource on which registries and front doors depend.
    """

    def __init__(self, name: str, args: DoorColoursArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:DoorColours", name, {}, opts)
        server = args.proxy.server
        common = [pulumi.get_stack(), ",".join(args.generations), args.initial_live]
        descriptions = [self._description(colour, args) for colour in args.recipes]
        colours = [description.declared_argument for description in descriptions]
        lines = pulumi.Output.all(*(description.lines for description in descriptions)).apply("".join)
        checked_colours = [description.checked_argument for description in descriptions]
        if pulumi.runtime.is_dry_run():
            self._ask_doors(args, "check", common, checked_colours, lines)
        elif permits_replacement(args.recipes):
            answer = self._ask_doors(args, "permit", common, checked_colours, lines)
            colours = [_after(answer, colour) for colour in colours]
        self.applied = remote_script(
            name,
            _SCRIPT,
            *args.prefix,
            "sync",
            *common,
            *colours,
            host=server.host,
            opts=server.on_server(self, args.proxy.applied),
            secret_input=lines,
            on_delete=(*args.prefix, "remove"),
            installs=(f"{args.folder}/colours", f"{args.folder}/recipes"),
        )
        self.live = pulumi.Output.unsecret(self.applied.stdout.apply(str.strip))
        self.register_outputs({"live": self.live})

    def _description(self, colour: Colour, args: DoorColoursArgs) -> "ColourDescription":
        recipes = self._recipes(colour, args)
        source = next(iter(recipes.values())).args
        return ColourDescription(colour, source.release, source.registry_host.server, _texts(recipes))

    @staticmethod
    def _recipes(colour: Colour, args: DoorColoursArgs) -> Mapping[str, ColourRecipe]:
        """Return the recipes of the generations that this server's front doors serve."""
        return {generation: args.recipes[colour][generation] for generation in args.generations}

    @staticmethod
    def _ask_doors(
        args: DoorColoursArgs,
        action: str,
        common: Sequence[str],
        colours: Sequence[pulumi.Output[str]],
        lines: pulumi.Output[str],
    ) -> pulumi.Output[str]:
        """Have the script check or permit colours, past the state; the update fails where it refuses."""
        server, script = args.proxy.server, script_source(_SCRIPT)

        async def ask(values: list[str]) -> str:
            address, host_key, private_key, recipes, *colours = values
            words = [*args.prefix, action, *common, *colours]
            if refusal := await door_refusal(address, host_key, private_key, words, f"{script}{recipes}"):
                raise pulumi.RunError(refusal)
            return refusal

        login = (server.address, server.host_key, server.private_key)
        values = pulumi.Output.all(*login, lines, *colours)
        return values.apply(ask)


def colour_fingerprint(recipes: Mapping[str, ColourRecipe]) -> pulumi.Output[str]:
    """Return the fingerprint of a colour on one server.

    Args:
        recipes: Recipes by generation.
    """
    return _texts(recipes).apply(fingerprint)


def replacement_permission(colour: Colour) -> str:
    """What may happen to a colour that is live, as door-colours.sh has it; "" for nothing.

    The root secret of a lost state is lost, and with it all that was derived from it. The operator has agreed
    to `operate adopt`, so that other secrets are no reason to refuse it.
    """
    if os.environ.get(REPLACE_LIVE) == colour:
        return ":replace"
    return ":adopt" if os.environ.get(ADOPTING_VARIABLE) else ""


def permits_replacement(colours: Collection[Colour]) -> bool:
    """Return whether this run permits that a live colour is replaced, beside what its state has.

    The permission is for one run. In the state it would be another change, for the next one.

    Args:
        colours: Colours of the stack.
    """
    return os.environ.get(REPLACE_LIVE) in colours and not os.environ.get(ADOPTING_VARIABLE)


def _after(answer: pulumi.Output[str], value: pulumi.Output[str]) -> pulumi.Output[str]:
    """Return a value that is known once a question is answered; by the operator's key that was a secret."""
    both = pulumi.Output.all(answer, value)
    return pulumi.Output.unsecret(both.apply(lambda values: str(values[1])))


def _texts(recipes: Mapping[str, ColourRecipe]) -> pulumi.Output[dict[str, str]]:
    return pulumi.Output.all(**{generation: recipe.text for generation, recipe in recipes.items()})


def _short(installation: str) -> str:
    return hashlib.sha256(installation.encode()).hexdigest()[:8]
