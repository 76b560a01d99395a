"""The questions: each is answered by an option, else on the terminal, else by its documented default."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from messages.count import format_count
from messages.datacenters import DATACENTERS, LIKENESS, is_datacenter_name
from messages.nearest import NAME_LIKENESS, SIZE_LIKENESS, choices_hint, nearest_hint
from operate.error import OperateError, WrongOptionsError
from operate.init.answers import (
    DATACENTER,
    FLAVOR,
    LISTENS,
    SSH_KEY,
    STORAGES,
    SYSTEM,
    WORKING_SYSTEMS,
    Answers,
    Bucket,
    Certificate,
    Locations,
    Size,
    Sizes,
    cos_endpoint,
    cos_region,
    is_usable_system,
)

_FLAVORS_LISTED, _PRESETS_LISTED = 14, 6
"""Sizes that are shown, the cheapest first (choices); others are taken as well."""
ALL_CHOICES = "?"
"""The answer that lists every choice."""
_PRICE_NOTE = "The prices are without operating system and port speed; the whole is quoted at the end."
_NO_BUCKET = " (`--storage swift` and `--storage filesystem` need no bucket)"


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes:
        option: Option of the command line that answers it, such as `--datacenter`.
        text: Text for the terminal.
        default: Answer that counts without one, and has the right form; None must be answered.
        choices: Descriptions by name; where there are some, the answer must be one of them.
        noun: Noun for one of the choices, for the message about another answer; "" has it name all of them.
        listed: Choices that are shown; none are all.
        form: Description of a right answer, for the message, and whether one is right; None where the choices
            decide.
        known: Names that may be meant by an answer of another form.
        check: Returns what is wrong with an answer that has the right form, as texts without the option.
        likeness: Share of letters in common, from 0 to 1, from which a choice may be meant by another answer.
        way_out: Remedy where the answer is right all the same, for the end of the message.
        note: Note about the descriptions of the choices.
    """

    option: str
    text: str
    default: str | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    noun: str = ""
    listed: Sequence[str] = ()
    form: tuple[str, Callable[[str], bool]] | None = None
    known: Sequence[str] = ()
    check: Callable[[str], Sequence[str]] | None = None
    likeness: float = NAME_LIKENESS
    way_out: str = ""
    note: str = ""

    def problem(self, answer: str, *, on_terminal: bool = False) -> str:
        """Return what is wrong with an answer, with the nearest; "" where all is well.

        Args:
            answer: Answer to the question.
            on_terminal: Whether all choices can be listed there.
        """
        if not answer and self.default != "":
            return f"{self.option}: must not be empty"
        if answer and self.form and not self.form[1](answer):
            return f"{self.option}: must be {self.form[0]}, got {answer!r}{nearest_hint(answer, self.known)}"
        if answer and answer != self.default and self.check and (problems := self.check(answer)):
            return f"{self.option}: {'; '.join(problems)}"
        if not answer or not self.choices or answer in self.choices:
            return ""
        if not self.noun:
            names, hint = ", ".join(self.choices), nearest_hint(answer, self.choices, self.likeness)
            return f"{self.option}: must be one of {names}, got {answer!r}{hint}"
        hint = choices_hint(answer, self.choices, self.likeness)
        if on_terminal:
            every = f"; {ALL_CHOICES} lists all {len(self.choices)}"
            every += f", and an empty answer is {self.default}" if self.default else ""
            hint = nearest_hint(answer, self.choices, self.likeness) or every
        return f"{self.option}: must be {self.noun}, got {answer!r}{hint}{self.way_out}"


class Terminal(Protocol):
    """Somebody who can answer."""

    def ask(self, question: Question) -> str:
        """Return the answer; "" takes the default."""

    def show(self, message: str) -> None:
        """Show a line, such as what is wrong with an answer."""

    def list_choices(self, question: Question, *, all_of_them: bool) -> None:
        """List the choices of a question, all of them or those to begin with."""


class Offers(Protocol):
    """What an account offers."""

    def locations(self) -> Locations:
        """Return datacenters, operating systems and object storage."""

    def sizes(self, datacenter: str) -> Sizes:
        """Return flavors and presets of a datacenter."""


def _datacenter_question(locations: Locations) -> Question:
    """Which datacenter; without an account those that the program knows decide."""
    option, text = "--datacenter", "Datacenter"
    if locations.datacenters:
        noun = "a datacenter of this account"
        return Question(option, text, DATACENTER, locations.datacenters, noun, likeness=LIKENESS)
    return Question(
        option,
        text,
        DATACENTER,
        dict.fromkeys(DATACENTERS, ""),
        "a datacenter known here",
        form=("a datacenter's short name, such as dal13", is_datacenter_name),
        known=DATACENTERS,
        likeness=LIKENESS,
        way_out=". Correct it; or, if the account has it, export SL_USERNAME and SL_API_KEY, and the account"
        " is asked",
    )


def _system_question(locations: Locations) -> Question:
    """Which operating system; without an account its form decides."""
    option, text = "--os", "Operating system"
    if locations.systems:
        systems = dict.fromkeys(locations.systems, "")
        return Question(option, text, SYSTEM, systems, "an operating system that works here")
    form = ("the reference code of Ubuntu 20, Debian 11 or newer, such as UBUNTU_24_64", is_usable_system)
    return Question(option, text, SYSTEM, form=form, known=WORKING_SYSTEMS)


class Judge(Protocol):
    """Judges a setting of a new stack file as the program does."""

    def __call__(self, key: str, settings: Mapping[str, object], /) -> Sequence[str]:
        """Return what is wrong with the setting `key` among others, as texts without the key."""


def _networks(answer: str) -> tuple[str, ...]:
    return tuple(network.strip() for network in answer.split(",") if network.strip())


_WITHOUT_QUESTION = frozenset({"--billing", "--preset"})
"""Options whose answer is asked for by none of their own."""


class Interview:
    """Gets all answers.

    Args:
        provided: Answers by option, as the command line has them.
        terminal: Terminal at which questions are asked; None where there is none.
        offers: Offers of the account; None where no credentials are given, and names are checked by what the
            program knows.
        judge: Judges settings as the program does.
    """

    def __init__(
        self,
        provided: Mapping[str, str],
        terminal: Terminal | None,
        offers: Offers | None,
        judge: Judge = lambda _key, _settings: (),
    ) -> None:
        self._provided, self._terminal, self._offers, self._judge = provided, terminal, offers, judge
        self._unused = set(provided) - _WITHOUT_QUESTION
        self._missing: list[str] = []
        self._problems: list[str] = []

    def run(self, read_file: Callable[[str], str]) -> Answers:
        """Return the answers.

        Args:
            read_file: Reads a PEM file that an answer names.

        Raises:
            WrongOptionsError: An option is wrong, or is missing where nobody can be asked.
        """
        locations = self._offers.locations() if self._offers else Locations()
        text = "DNS domain of the servers, such as registry.example.com"
        domain = self._answer(Question("--domain", text, check=self._judges("domain")))
        datacenter = self._answer(_datacenter_question(locations))
        system = self._answer(_system_question(locations))
        flavor, preset = self._size(datacenter, locations)
        storage = self._answer(Question("--storage", "Where the images are kept", "s3", STORAGES))
        bucket = self._bucket(datacenter) if storage == "s3" else None
        if storage == "swift" and self._offers and not self._problems and datacenter not in locations.swift:
            self._show(f"the account has no object storage in {datacenter}; IBM sells no new Swift accounts")
        listen = self._answer(Question("--listen", "From where it is reached", "private", LISTENS))
        text = "DNS name of the registry; empty is its address"
        name = self._answer(Question("--name", text, "", check=self._judges("registryName")))
        certificate = self._certificate(name, read_file)
        check = self._judges("sshKeyFile")
        ssh_key = self._answer(Question("--ssh-key", "Your private SSH key", SSH_KEY, check=check))
        text = "Networks from which SSH is let in, with commas; empty is everywhere"
        check = self._judges("sshFrom", _networks)
        ssh_from = self._answer(Question("--ssh-from", text, "", check=check))
        self._require_right()
        return Answers(
            domain, datacenter, system, flavor, preset, storage, bucket, listen, name, certificate, ssh_key,
            _networks(ssh_from), hourly=self._provided.get("--billing", "hourly") == "hourly",
        )  # fmt: skip

    def _size(self, datacenter: str, locations: Locations) -> tuple[str, str]:
        """Flavor and preset, one of them empty; in a datacenter that does not exist, of the whole account."""
        place, name = (
            (datacenter, datacenter) if datacenter in locations.datacenters else ("", "this account")
        )
        sizes = self._offers.sizes(place) if self._offers else Sizes()
        if preset := self._provided.get("--preset", ""):
            noun = f"a preset in {name}"
            self._check(
                Question(
                    "--preset", "", "", describe_sizes(sizes.presets.values()), noun, likeness=SIZE_LIKENESS
                ),
                preset,
            )
            return "", preset
        flavors, presets = describe_sizes(sizes.flavors.values()), describe_sizes(sizes.presets.values())
        if self._terminal is None or "--flavor" in self._provided:
            noun = f"a flavor in {name}"
            return self._answer(
                Question("--flavor", "Flavor", FLAVOR, flavors, noun, likeness=SIZE_LIKENESS)
            ), ""
        listed = (*list(flavors)[:_FLAVORS_LISTED], *list(presets)[:_PRESETS_LISTED])
        noun, text = f"a flavor or preset in {name}", "Flavor, or preset of bare metal"
        answer = self._answer(
            Question(
                "--flavor", text, FLAVOR, {**flavors, **presets}, noun, listed, likeness=SIZE_LIKENESS,
                note=_PRICE_NOTE if flavors or presets else "",
            )
        )  # fmt: skip
        return ("", answer) if answer in presets else (answer, "")

    def _bucket(self, datacenter: str) -> Bucket:
        text, check = "Name of the bucket, which exists already", self._judges("s3Bucket")
        name = self._answer(Question("--s3-bucket", text, check=check))
        text, check = "Region of the bucket", self._judges("s3Region")
        region = self._answer(Question("--s3-region", text, cos_region(datacenter), check=check))
        text, check = "Endpoint of the bucket", self._judges("s3Endpoint")
        endpoint = self._answer(Question("--s3-endpoint", text, cos_endpoint(region), check=check))
        return Bucket(name, region, endpoint)

    def _certificate(self, name: str, read_file: Callable[[str], str]) -> Certificate | None:
        """A certificate of the operator's own; the question is left out where the registry has no name."""
        if not name and "--certificate" not in self._provided:
            return None
        check = partial(_file_problems, read_file)
        text = "PEM file of a certificate for it; empty has the stack issue one"
        file = self._answer(Question("--certificate", text, "", check=check))
        if not file:
            return None
        if not name:
            self._problems.append("--certificate: must come with --name, the DNS name that it is for")
            return None
        text = "PEM file of its root, where clients do not know it; empty where they do"
        authority = self._answer(Question("--certificate-authority", text, "", check=check))
        if self._problems:
            return None
        return Certificate(read_file(file), read_file(authority) if authority else "")

    def _judges(self, key: str, parse: Callable[[str], object] = str) -> Callable[[str], Sequence[str]]:
        """What judges an answer that becomes a setting."""
        return lambda answer: self._judge(key, {key: parse(answer)})

    def _answer(self, question: Question) -> str:
        self._unused.discard(question.option)
        if question.option in self._provided:
            answer = self._provided[question.option]
            self._check(question, answer)
            return answer
        if self._terminal is not None:
            # What follows a wrong option is asked when it is right.
            return "" if self._problems else self._ask(question, self._terminal)
        if question.default is None:
            self._missing.append(question.option)
            return ""
        self._check(question, question.default)
        return question.default

    def _ask(self, question: Question, terminal: Terminal) -> str:
        terminal.list_choices(question, all_of_them=False)
        while True:
            answer = terminal.ask(question).strip() or question.default or ""
            if answer == ALL_CHOICES and question.choices:
                terminal.list_choices(question, all_of_them=True)
                continue
            problem = question.problem(answer, on_terminal=True)
            if not problem:
                return answer
            terminal.show(problem)

    def _check(self, question: Question, answer: str) -> None:
        if problem := question.problem(answer):
            self._problems.append(problem)

    def _show(self, message: str) -> None:
        if self._terminal is not None:
            self._terminal.show(message)

    def _require_right(self) -> None:
        """Refuse the options for all that is wrong with them, and those that no answer needs."""
        problems = list(self._problems)
        if self._unused and not problems:
            options = ", ".join(sorted(self._unused))
            problems.append(f"{options}: must be left out, as nothing in the stack file would follow from it")
        if self._missing:
            problems.append(
                f"there is no terminal to ask on, and no default for {', '.join(self._missing)}; give"
                f" {'it as an option' if len(self._missing) == 1 else 'them as options'}"
                f"{_NO_BUCKET if '--s3-bucket' in self._missing else ''}"
            )
        if len(problems) > 1:
            lines = "".join(f"\n  {problem}" for problem in problems)
            raise WrongOptionsError(
                f"{format_count(len(problems), 'mistake')} of the options; nothing was written:{lines}"
            )
        if problems:
            raise WrongOptionsError(problems[0])


def _file_problems(read_file: Callable[[str], str], file: str) -> Sequence[str]:
    try:
        read_file(file)
    except OperateError as error:
        return [str(error)]
    return []


def describe_sizes(sizes: Iterable[Size]) -> Mapping[str, str]:
    """Return descriptions with prices, by key name, the cheapest first."""
    ordered = sorted(sizes, key=lambda size: (size.monthly or size.hourly * 730, size.name))
    return {size.name: f"{size.description}; {price(size.hourly, size.monthly)}" for size in ordered}


def price(hourly: float, monthly: float) -> str:
    """Return a price for people, in USD before tax."""
    parts = [f"{hourly:.4f} USD an hour"] if hourly else []
    parts += [f"{monthly:.2f} USD a month"] if monthly else []
    return ", ".join(parts) or "price not known"
