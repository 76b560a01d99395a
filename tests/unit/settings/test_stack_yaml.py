"""What Pulumi refuses of a stack file is named before, with its lines, as pulumi 3.259 answers."""

import io
import json
from pathlib import Path

import pytest

from settings.check import main
from settings.stack_file import StackFileError, read_file
from tests.support.stack_settings import MINIMAL, write_stack_file

SALT = "encryptionsalt: v1:1BPVW2N/kqs=:v1:L8lsaBlzAnDBvow9:bhMRUESn+wZEelOJ4ivh0Il2Cqq80w==\n"
KEY = "softlayer-registry:live"
LIVE = f"config:\n  {KEY}: red\n"


def stack_file(folder: Path, content: str | bytes) -> Path:
    file = folder / "Pulumi.prod.yaml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def problems_of_file(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> list[str]:
    monkeypatch.setattr("sys.stdin", io.StringIO("{}"))
    assert main(["--without-key", "--without-secrets", "--changes", str(file)]) == 0
    problems: list[str] = json.loads(capsys.readouterr().out)["problems"]
    return problems


@pytest.mark.parametrize(
    ("content", "key", "first", "second"),
    [
        (f"config:\n  {KEY}: red\n  {KEY}: black\n", "live", 2, 3),
        (f"config:\n  {KEY}: red\nconfig: {{}}\n", "config", 1, 3),
        ("config:\n  softlayer-registry:releases:\n    a: 1\n\n    a: 2\n", "releases.a", 3, 5),
        ("config:\n  softlayer-registry:servers: [{}, {os: a, os: b}]\n", "servers[1].os", 2, 2),
        (f"{SALT}{SALT}{LIVE}", "encryptionsalt", 1, 2),
        (f'config:\n  {KEY}: red\n  "{KEY}": red\n', "live", 2, 3),
        ("config:\n  aws:region: a\n  aws:region: b\n", "aws:region", 2, 3),
    ],
)
def test_a_repeated_key_is_named_with_both_lines(
    tmp_path: Path, content: str, key: str, first: int, second: int
) -> None:
    problems = read_file(stack_file(tmp_path, content)).problems
    assert f"{key}: must be there once, and is in lines {first} and {second}; remove one of them" in problems


@pytest.mark.parametrize("form", ["live", "softlayer-registry:config:live"])
def test_a_key_in_two_forms_is_named_since_pulumi_takes_any_of_them(tmp_path: Path, form: str) -> None:
    (problem,) = read_file(stack_file(tmp_path, f"{LIVE}  {form}: black\n")).problems
    assert problem == f"{form}: must be there once, and is there as {KEY} too; take one out"


def test_repeated_keys_are_mistakes_beside_all_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_stack_file(tmp_path / "stack.yaml", {**MINIMAL, "lvie": "red"})
    file.write_text(f"{file.read_text()}  softlayer-registry:lvie: red\n")
    keys = [problem.partition(":")[0] for problem in problems_of_file(file, monkeypatch, capsys)]
    assert keys == ["lvie", "lvie"]


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("config: [", "line 1, column 10: "),
        ("config:\n  a: [{b: 1\n", "line 3, column 1: "),
        ("config:\n  a: 'b\n", "line 3, column 1: "),
        ("config:\n  a: b\n  softlayer-reg\n", "line 4, column 1: "),
        ("config:\n<<<<<<< HEAD\n  a: red\n=======\n  a: black\n>>>>>>> x\n", "line 3, column 4: "),
        ("config:\n\ta: b\n", "line 2, column 1: "),
        ("config:\n  a: b\n\t\n", "line 3, column 1: "),
        ("config:\n  a: *b\n", "line 2, column 6: "),
        ("config:\n  a: &b [*b]\n", "line 2, column 6: "),
        ("config:\n  a: b\x00c\n", "line 2, column 7: "),
        ("config:\r\n  a: b\x7fc\r\n", "line 2, column 7: "),
        (b"config:\n  a: r\xe9d\n", "line 2, column 7: "),
        (b"# r\xe9d\nconfig: {}\n", "line 1, column 4: "),
        ("config: {}\n".encode("utf-16"), "line 1, column 1: "),
        ("config:\n  ? [a]\n  : b\n", "line 2, column 5: "),
        ("config:\n  a: .inf\n", "line 2, column 6: "),
        ("config:\n  a: .NaN\n", "line 2, column 6: "),
        ("config:\n  a: !!python/name:os.system b\n", "line 2, column 6: "),
        ("config:\n  a: !!binary aGVsbG8=\n", "line 2, column 6: "),
        ("config: {}\n---\nconfig: {}\n", "line 2, column 1: "),
        ("config: {}\n---\n[\n", "line 2, column 1: "),
        ("%YAML 1.2\n---\nconfig: {}\n", "line 2, column 4: "),
        ("config:\n  " + "a" * 2000 + ": b\n", "line 2, column 2003: "),
    ],
)
def test_what_is_no_yaml_is_named_by_line_and_column(
    tmp_path: Path, content: str | bytes, place: str
) -> None:
    file = stack_file(tmp_path, content)
    with pytest.raises(StackFileError) as refusal:
        read_file(file)
    kind = "must be UTF-8" if isinstance(content, bytes) else "must be YAML"
    assert str(refusal.value).startswith(f"{file}: {kind}; {place}")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "must have a member config"),
        ("# nothing\n", "must have a member config"),
        ("hello\n", "must have a member config"),
        ("- a\n", "must have a member config"),
        ("config: []\n", "must have a mapping of settings as config"),
        ("config: false\n", "must have a mapping of settings as config"),
        ("config: ''\n", "must have a mapping of settings as config"),
        ("config:\n  - a: b\n", "must have a mapping of settings as config"),
        ("config:\n  softlayer-registry:live:red\n", "must have a mapping of settings as config"),
        ("config: " + "[" * 1000, "must be YAML; its values are nested too deeply"),
        (
            "a: &a [1,1,1,1,1,1,1,1,1]\n"
            + "".join(
                f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n"
                for before, name in zip("abcdef", "bcdefg", strict=True)
            ),
            "must be YAML; line 6, column 4: it must have at most",
        ),
    ],
)  # fmt: skip
def test_a_file_of_another_shape_is_a_mistake_and_no_crash(
    tmp_path: Path,
    content: str,
    problem: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = stack_file(tmp_path, content)
    (line,) = problems_of_file(file, monkeypatch, capsys)
    assert line.startswith(f"{file}: {problem}")


@pytest.mark.parametrize("key", ["a:b:c", "a:b:c:d", "1", "1.5", "true", "~"])
def test_a_key_that_pulumi_refuses_is_named(tmp_path: Path, key: str) -> None:
    (problem,) = read_file(stack_file(tmp_path, f"config:\n  {key}: b\n")).problems
    assert "must be" in problem


@pytest.mark.parametrize(
    "content",
    [
        f"\ufeff{LIVE}",
        LIVE.replace("\n", "\r\n"),
        LIVE.replace("\n", "\r"),
        f"---\n{LIVE}...\n",
        f"config:\n  aws:a: &x red\n  {KEY}: *x\n",
        f"x: &x {{{KEY}: red}}\nconfig:\n  <<: *x\n",
        f"{LIVE}  aws:region: us-east-1\n  softlayer:username: somebody\n",
        f"{LIVE}  aws:long: {'x' * 1_000_000}\n",
        f"{LIVE}  aws:face: \U0001f600\n",
        f"{LIVE}  aws:equals: =\n",
        f"{LIVE}confg: {{}}\n",
    ],
)
def test_what_pulumi_takes_is_read_as_pulumi_reads_it(tmp_path: Path, content: str) -> None:
    file = read_file(stack_file(tmp_path, content))
    assert (file.values, file.problems) == ({"live": "red"}, ())


def test_a_key_below_a_setting_is_a_text(tmp_path: Path) -> None:
    file = stack_file(tmp_path, "config:\n  softlayer-registry:releases: {1: {uploads: 4}, true: {}}\n")
    assert read_file(file).values == {"releases": {"1": {"uploads": 4}, "true": {}}}


SECRET = "config:\n  softlayer-registry:registryPassword:\n    secure: v1:/3U/E7syAgCxjnan:5bg1nNL/OdZ7Ez1d\n"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (SECRET, "encryptionsalt: is missing; without it no passphrase opens softlayer-registry:"),
        (f"encryptionsalt:\n{SECRET}", "encryptionsalt: is missing; "),
        ("config:\n  aws:a: {b: [{secure: 'v1:a:b'}]}\n", "encryptionsalt: is missing; "),
        (f"encryptionsalt: v1:1BPVW2N/\n{SECRET}", "encryptionsalt: must be v1:SALT:v1:NONCE:TEXT"),
        (f"encryptionsalt: [a]\n{SECRET}", "encryptionsalt: must be v1:SALT:v1:NONCE:TEXT"),
    ],
)  # fmt: skip
def test_a_salt_that_is_lost_is_named_with_the_way_to_get_it_back(
    tmp_path: Path, content: str, problem: str
) -> None:
    (line,) = read_file(stack_file(tmp_path, content)).problems
    assert line.startswith(problem)
    assert "from git, from a backup, or from the state; docs/runbooks/lost-state.md" in line


@pytest.mark.parametrize(
    "content",
    [
        SALT + SECRET,
        LIVE,
        f"secretsprovider: awskms://a\nencryptedkey: AQID\n{SECRET}",
        "config:\n  softlayer-registry:registryPassword: {secure: AAABAGqS5Kf=}\n",
    ],
)
def test_no_salt_is_missed_where_none_is_needed(tmp_path: Path, content: str) -> None:
    assert read_file(stack_file(tmp_path, content)).problems == ()
