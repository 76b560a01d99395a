"""The questions of `operate init`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from operate.cli.commands.init import Console
from operate.error import OperateError, WrongOptionsError
from operate.init.answers import (
    LISTENS,
    STORAGES,
    WORKING_SYSTEMS,
    Answers,
    Bucket,
    Certificate,
    Locations,
    Size,
    Sizes,
    cos_endpoint,
    cos_region,
    usable_systems,
)
from operate.init.interview import Interview, Question, describe_sizes
from settings.operating_system import WORKING
from tests.support.authorities import Shape, issue

BUCKET = Bucket("images", "us-south", cos_endpoint("us-south"))
ANSWERS = Answers("registry.example.com", bucket=BUCKET)
PEM = issue(Shape("server", "root"))


class Offers:
    """An account that offers little."""

    def __init__(self) -> None:
        self.datacenters = {"dal13": "Dallas 13", "dal10": "Dallas 10"}

    def locations(self) -> Locations:
        return Locations(self.datacenters, ("DEBIAN_12_64", "UBUNTU_24_64"), ())

    def sizes(self, datacenter: str) -> Sizes:
        flavors = {name: Size(name, "a flavor", 0.1, 73.0) for name in ("B1_2X4X100", "B1_4X8X100")}
        return Sizes(flavors, {"S1270_8GB_2X1TBSATA_NORAID": Size("S1270_8GB_2X1TBSATA_NORAID", "metal")})


class ScriptedTerminal:
    """Answers by option, in turn; else the default."""

    def __init__(self, **answers: Sequence[str]) -> None:
        self._answers = {f"--{name.replace('_', '-')}": list(texts) for name, texts in answers.items()}
        self.questions: list[Question] = []
        self.messages: list[str] = []
        self.listings: list[tuple[str, bool]] = []

    def ask(self, question: Question) -> str:
        self.questions.append(question)
        return self._answers.get(question.option, [""]).pop(0) if self._answers.get(question.option) else ""

    def show(self, message: str) -> None:
        self.messages.append(message)

    def list_choices(self, question: Question, *, all_of_them: bool) -> None:
        self.listings.append((question.option, all_of_them))


@pytest.mark.parametrize(
    ("provided", "unused"),
    [
        ({"--storage": "swift", "--s3-bucket": "images"}, "--s3-bucket"),
        ({"--storage": "filesystem", "--s3-region": "r", "--s3-endpoint": "e"}, "--s3-endpoint, --s3-region"),
        ({"--s3-bucket": "b", "--certificate-authority": "ca.pem"}, "--certificate-authority"),
    ],
)
def test_an_option_from_which_nothing_follows_is_refused(provided: dict[str, str], unused: str) -> None:
    """`--storage swift --s3-bucket images` dropped the bucket without a word."""
    with pytest.raises(WrongOptionsError, match=f"^{unused}: must be left out"):
        Interview({"--domain": "e.com", **provided}, None, None).run(str)
    kept = {"--domain": "e.com", "--s3-bucket": "b", "--preset": "P", "--billing": "monthly"}
    assert Interview(kept, None, None).run(str).preset == "P"


def test_without_a_terminal_options_count_then_the_documented_defaults() -> None:
    provided = {"--domain": "registry.example.com", "--s3-bucket": "images", "--datacenter": "fra02"}
    answers = Interview(provided, None, None).run(str)
    expected = Bucket("images", "eu-de", "https://s3.private.eu-de.cloud-object-storage.appdomain.cloud")
    assert answers == Answers("registry.example.com", datacenter="fra02", bucket=expected)


def test_without_a_terminal_all_that_is_missing_is_reported_at_once() -> None:
    with pytest.raises(OperateError, match=r"no terminal to ask on, .*--domain, --s3-bucket; give them"):
        Interview({}, None, None).run(str)
    with pytest.raises(
        WrongOptionsError, match=r"no default for --s3-bucket; give it as an option \(`--storage swift`"
    ):
        Interview({"--domain": "e.com"}, None, None).run(str)


@pytest.mark.parametrize(
    ("provided", "message"),
    [
        (
            {"--datacenter": "dal99"},
            "must be a datacenter known here, got 'dal99'; nearest is dal09. Correct it; or",
        ),
        (
            {"--os": "UBUNTU_24"},
            "--os: must be the reference code of .* got 'UBUNTU_24'; nearest is UBUNTU_24_64",
        ),
        ({"--os": "UBUNTU_18_64"}, "--os: must be the reference code of Ubuntu 20, Debian 11 or newer"),
        ({"--os": "CENTOS_7_64"}, "--os: must be the reference code of Ubuntu 20, Debian 11 or newer"),
    ],
)
def test_what_the_program_knows_is_judged_without_an_account(provided: dict[str, str], message: str) -> None:
    with pytest.raises(WrongOptionsError, match=message):
        Interview({"--domain": "a.example.com", "--s3-bucket": "b", **provided}, None, None).run(str)


@pytest.mark.parametrize("code", [*WORKING_SYSTEMS, "UBUNTU_26_64", "UBUNTU_LATEST_64", "DEBIAN_LATEST"])
def test_systems_that_work_are_taken_without_an_account(code: str) -> None:
    assert WORKING_SYSTEMS == WORKING
    provided = {"--domain": "e.com", "--s3-bucket": "b", "--os": code}
    assert Interview(provided, None, None).run(str).system == code


@pytest.mark.parametrize(
    ("provided", "message"),
    [
        (
            {"--datacenter": "dal31"},
            "--datacenter: must be a datacenter of this account, got 'dal31'; nearest are dal1",
        ),
        (
            {"--os": "UBUNUT_24_64"},
            "--os: must be an operating system .*, got 'UBUNUT_24_64'; nearest .*UBUNTU_24_64",
        ),
        ({"--flavor": "B1_2X4"}, "--flavor: must be a flavor in dal13, got 'B1_2X4'; nearest .*B1_2X4X100"),
        ({"--preset": "S1270_8GB_2X1TB"}, "--preset: .* nearest is S1270_8GB_2X1TBSATA_NORAID"),
        (
            {"--storage": "swfit"},
            "--storage: must be one of s3, swift, filesystem, got 'swfit'; nearest is swift",
        ),
        ({"--listen": "zzz"}, "--listen: must be one of private, public, loopback, got 'zzz'$"),
        ({"--certificate": "x"}, "--certificate: must come with --name"),
    ],
)
def test_names_that_the_account_does_not_have_are_answered_with_the_nearest(
    provided: dict[str, str], message: str
) -> None:
    with pytest.raises(OperateError, match=message):
        Interview({"--domain": "a.example.com", "--s3-bucket": "b", **provided}, None, Offers()).run(str)


def test_every_wrong_option_is_named_at_once() -> None:
    wrong = {"--datacenter": "dal50", "--os": "DEBAIN_12", "--flavor": "nope", "--storage": "swfit"}
    wrong |= {"--certificate": "absent", "--name": "r.e.com"}

    def read_file(place: str) -> str:
        raise OperateError(f"file {place}: cannot be read")

    terminal = ScriptedTerminal(domain=["e.com"])
    for console, last in (
        (None, "no default for --domain; give it"),
        (terminal, "--certificate: file absent"),
    ):
        with pytest.raises(OperateError) as failure:
            Interview(wrong, console, Offers()).run(read_file)
        first, *lines = str(failure.value).splitlines()
        assert first == f"{len(lines)} mistakes of the options; nothing was written:"
        keys = [line.strip().partition(":")[0] for line in lines][:5]
        assert keys == ["--datacenter", "--os", "--flavor", "--storage", "--certificate"]
        assert last in lines[-1]
    assert "must be a flavor in this account, got 'nope'" in str(failure.value)
    assert [question.option for question in terminal.questions] == ["--domain"]


@pytest.mark.parametrize(
    ("datacenter", "nearest"),
    [
        ("dall05", "nearest .*dal05"),
        ("Dal13", "nearest .*dal13"),
        ("dallas", ""),
        ("fra2", "nearest .*fra02"),
    ],
)
def test_a_datacenter_that_no_account_checks_has_the_form_of_one(datacenter: str, nearest: str) -> None:
    terminal = ScriptedTerminal(domain=["e.com"], s3_bucket=["b"], datacenter=[datacenter, "dal05"])
    message = f"--datacenter: must be a datacenter's short name, such as dal13, got '{datacenter}'.*{nearest}"
    with pytest.raises(OperateError, match=message):
        Interview({"--datacenter": datacenter}, None, None).run(str)
    assert Interview({}, terminal, None).run(str).datacenter == "dal05"
    assert len(terminal.messages) == 1


def test_a_datacenter_that_is_newer_than_the_list_needs_an_account_that_has_it() -> None:
    provided = {"--datacenter": "xyz31", "--domain": "e.com", "--s3-bucket": "b"}
    with pytest.raises(
        WrongOptionsError, match="export SL_USERNAME and SL_API_KEY, and the account is asked"
    ):
        Interview(provided, None, None).run(str)
    offers = Offers()
    offers.datacenters["xyz31"] = "new"
    assert Interview(provided, None, offers).run(str).datacenter == "xyz31"


def test_a_terminal_repeats_a_question_until_the_answer_fits() -> None:
    terminal = ScriptedTerminal(
        domain=["", "r.example.com"],
        flavor=["B1_4X8", "B1_4X8X100"],
        storage=["swift"],
        name=["r.example.com"],
    )
    answers = Interview({"--datacenter": "dal10"}, terminal, Offers()).run(str)
    assert (answers.domain, answers.datacenter, answers.flavor) == ("r.example.com", "dal10", "B1_4X8X100")
    assert terminal.messages[0] == "--domain: must not be empty"
    assert "nearest is B1_4X8X100" in terminal.messages[1] or "nearest are B1_4X8X100" in terminal.messages[1]
    assert "IBM sells no new Swift accounts" in terminal.messages[2]
    options = [question.option for question in terminal.questions]
    assert "--datacenter" not in options
    assert "--s3-bucket" not in options
    assert "--certificate" in options


def _judge(key: str, settings: Mapping[str, object]) -> list[str]:
    """Refuse what has "wrong" in it."""
    return [f"must be right, not {settings[key]!r}"] if "wrong" in str(settings[key]) else []


def test_a_terminal_repeats_every_question_that_the_settings_judge() -> None:
    """A bad domain threw all answers away at the end."""

    def read_file(place: str) -> str:
        if place == "absent":
            raise OperateError(f"file {place}: cannot be read")
        return place

    terminal = ScriptedTerminal(
        domain=["wrong example", "e.com"],
        name=["wrong", "r.e.com"],
        certificate=["absent", "chain"],
        certificate_authority=["absent", "root"],
        s3_bucket=["wrong", "images"],
        ssh_key=["wrong", ""],
        ssh_from=["wrong, 10.0.0.0/8", " 10.0.0.0/8, ::/0"],
    )
    answers = Interview({}, terminal, None, _judge).run(read_file)
    assert (answers.domain, answers.name, answers.ssh_from) == ("e.com", "r.e.com", ("10.0.0.0/8", "::/0"))
    assert answers.certificate == Certificate("chain", "root")
    unjudged = [q.option for q in terminal.questions if not (q.choices or q.form or q.check)]
    assert unjudged == ["--flavor"], "without an account nothing knows the flavors"
    assert terminal.messages == [
        "--domain: must be right, not 'wrong example'",
        "--s3-bucket: must be right, not 'wrong'",
        "--name: must be right, not 'wrong'",
        "--certificate: file absent: cannot be read",
        "--certificate-authority: file absent: cannot be read",
        "--ssh-key: must be right, not 'wrong'",
        "--ssh-from: must be right, not ('wrong', '10.0.0.0/8')",
    ]


def test_an_empty_option_counts_only_where_empty_is_an_answer() -> None:
    provided = {"--domain": "e.com", "--s3-bucket": "b", "--name": "", "--ssh-from": ""}
    assert Interview(provided, None, None).run(str).name == ""
    with pytest.raises(WrongOptionsError, match=r"^--ssh-key: must not be empty$"):
        Interview({**provided, "--ssh-key": ""}, None, None).run(str)


def test_what_the_settings_judge_is_reported_with_all_other_mistakes() -> None:
    """A wrong domain was reported once storage and network were right."""
    provided = {"--domain": "wrong", "--storage": "swfit", "--listen": "publik", "--ssh-from": "wrong"}
    with pytest.raises(WrongOptionsError) as failure:
        Interview(provided, None, None, _judge).run(str)
    assert [line.strip().partition(":")[0] for line in str(failure.value).splitlines()[1:]] == [
        "--domain", "--storage", "--listen", "--ssh-from",
    ]  # fmt: skip


def test_choices_are_listed_once_and_all_of_them_on_request() -> None:
    terminal = ScriptedTerminal(domain=["r.example.com"], flavor=["medium", "?", "B1_4X8X100"])
    answers = Interview({"--s3-bucket": "images"}, terminal, Offers()).run(str)
    assert answers.flavor == "B1_4X8X100"
    assert [whole for option, whole in terminal.listings if option == "--flavor"] == [False, True]
    (message,) = terminal.messages
    assert message.startswith(
        "--flavor: must be a flavor or preset in dal13, got 'medium'; ? lists all 3, and"
    )
    assert message.endswith(" an empty answer is B1_2X4X100")


def test_the_menu_of_sizes_names_what_its_prices_lack(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = ScriptedTerminal(domain=["r.example.com"])
    Interview({"--s3-bucket": "images"}, terminal, Offers()).run(str)
    (question,) = [question for question in terminal.questions if question.option == "--flavor"]
    assert "without operating system and port speed" in question.note
    Console().list_choices(question, all_of_them=False)
    assert question.note in capsys.readouterr().err
    many = replace(question, choices={f"B1_{number}": "" for number in range(40)}, listed=["B1_0"])
    Console().list_choices(many, all_of_them=False)
    assert capsys.readouterr().err.splitlines()[:2] == ["  B1_0", "  and 39 more; ? lists all"]
    Console().list_choices(many, all_of_them=True)
    assert "B1_39" in capsys.readouterr().err


def test_a_terminal_is_offered_bare_metal_beside_flavors() -> None:
    terminal = ScriptedTerminal(domain=["r.example.com"], flavor=["S1270_8GB_2X1TBSATA_NORAID"])
    answers = Interview({"--s3-bucket": "images"}, terminal, Offers()).run(str)
    assert (answers.flavor, answers.preset) == ("", "S1270_8GB_2X1TBSATA_NORAID")
    (listed,) = [question.listed for question in terminal.questions if question.option == "--flavor"]
    assert set(listed) == {"B1_2X4X100", "B1_4X8X100", "S1270_8GB_2X1TBSATA_NORAID"}


def test_a_certificate_is_read_from_its_files() -> None:
    files = {"chain.pem": "CHAIN", "root.pem": "ROOT"}
    provided = {"--domain": "e.com", "--s3-bucket": "b", "--name": "r.e.com", "--certificate": "chain.pem"}
    answers = Interview({**provided, "--certificate-authority": "root.pem"}, None, None).run(
        files.__getitem__
    )
    assert answers.certificate == Certificate("CHAIN", "ROOT")


def test_sizes_come_cheapest_first_with_their_prices() -> None:
    sizes = [Size("big", "8 cores", 0.5, 300.0), Size("small", "1 core", 0.05), Size("metal", "m", 0.0, 99.0)]
    assert list(describe_sizes(sizes).items()) == [
        ("small", "1 core; 0.0500 USD an hour"),
        ("metal", "m; 99.00 USD a month"),
        ("big", "8 cores; 0.5000 USD an hour, 300.00 USD a month"),
    ]


def test_systems_that_work_and_regions_that_are_near() -> None:
    codes = ["CENTOS_7_64", "UBUNTU_24_64", "UBUNTU_16_64", "DEBIAN_12_64", "DEBIAN_9_64", "UBUNTU_24_32"]
    assert usable_systems(codes) == ("DEBIAN_12_64", "UBUNTU_24_64")
    assert [cos_region(name) for name in ("dal13", "fra02", "tok02", "xyz01")] == [
        "us-south", "eu-de", "jp-tok", "us-south",
    ]  # fmt: skip
    assert next(iter(STORAGES)) == "s3"
    assert next(iter(LISTENS)) == "private"
