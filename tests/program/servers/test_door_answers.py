"""After each change of what clients meet at a front door, `pulumi up` asks it as they do."""

import shlex
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest

from settings.access.key_pair import KEY_VARIABLE
from tests.program.program_under_mocks import ProgramRun, address_of, hosts, plain, run_program
from tests.support.authorities import Shape, ca, issue, key_of, key_pem

SHAPE = {"os": "DEBIAN_12_64", "cpus": 1, "memory": 2048, "datacenter": "dal05"}
A, B = {**SHAPE, "name": "a", "frontDoor": True}, {**SHAPE, "name": "b"}
CLIENT = {**B, "role": "client"}
OWN, ELSEWHERE = "dal05-a-modern-answers", "dal05-a-modern-answers-elsewhere"
NAME = "registry.example.com"
PROVIDED = {
    "registryName": NAME,
    "registryCertificate": issue(Shape("server", "root", hosts=(NAME,))),
    "registryCertificateKey": key_pem(key_of("server")),
    "registryCertificateAuthority": issue(ca("root")),
}

Run = Callable[..., ProgramRun]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs the program with some settings changed."""
    folder = tmp_path_factory.mktemp("operator")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key")], check=True)
    archive = folder / "base.tar"
    archive.write_bytes(b"a base image")
    config = {
        "domain": "registry.example",
        "sshKeyFile": "~/.ssh/registry",
        "servers": [A, CLIENT],
        "registryBaseArchive": str(archive),
        "registryPassword": "the first password",
        "registryUsers": {"bob": "of bob"},
    }

    def run_once(*, preview: bool = False, **changes: object) -> ProgramRun:
        values = {f"softlayer-registry:{key}": value for key, value in {**config, **changes}.items()}
        return run_program(values, preview=preview)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, str(folder / "key"))
        yield run_once


@pytest.fixture(scope="module")
def before(run: Run) -> ProgramRun:
    return run()


def questions(program: ProgramRun) -> list[str]:
    return sorted(
        resource.name for resource in program.resources if resource.custom and "-answers" in resource.name
    )


def words(program: ProgramRun, name: str) -> list[str]:
    """Arguments of a question, behind the shell's own."""
    command = shlex.split(str(plain(program.resource(name).inputs["create"])))
    return command[command.index("--") + 1 :]


def parts(program: ProgramRun, name: str = OWN) -> Mapping[str, str]:
    """Digests by part, as the script is given them."""
    return dict(word.split("=") for word in words(program, name)[6:])


def needs(program: ProgramRun, name: str) -> set[str]:
    """Names of what a resource waits for."""
    (request,) = [request for request in program.requests if request.name == name and request.custom]
    return {urn.rpartition("::")[2] for urn in request.dependencies}


def test_a_door_is_checked_on_its_server_and_on_another(before: ProgramRun) -> None:
    assert questions(before) == [OWN, ELSEWHERE]
    by_name = {resource.name: address for resource, address in hosts(before)}
    assert [by_name[OWN], by_name[ELSEWHERE]] == [address_of("dal05-a"), address_of("dal05-b")]
    private = words(before, OWN)[3]
    assert words(before, OWN)[1:6] == [private, "5000", private, "/v2/", "docker"]
    assert words(before, ELSEWHERE)[1:6] == [private, "5000", "", "/v2/", "docker"]
    text = str(plain(before.resource(OWN).inputs["stdin"]))
    follows = text.rpartition('main "$@"; exit\n')[2]
    assert follows.startswith("the first password\n-----BEGIN CERTIFICATE-----")
    assert "the first password" not in str(plain(before.resource(OWN).inputs["create"]))
    for name in (OWN, ELSEWHERE):
        assert {"dal05-a-modern-door", "dal05-a-firewall"} <= needs(before, name)


def test_nothing_is_checked_without_a_change(run: Run, before: ProgramRun) -> None:
    again = run()
    for name in (OWN, ELSEWHERE):
        for key in ("create", "stdin"):
            assert plain(again.resource(name).inputs[key]) == plain(before.resource(name).inputs[key])


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        ({"registryUsers": {"bob": "of bob", "eve": "of eve"}}, ["users"]),
        ({"registryPassword": "the second password"}, ["users"]),
        ({"registryRoles": {"bob": "reader"}}, ["users", "configuration"]),
        ({"doorFailedLogins": 30}, ["configuration"]),
        ({"doorConnections": 2000}, ["configuration", "proxy"]),
        ({"registryFrom": ["10.0.0.0/8"]}, ["firewall"]),
        ({"firewall": False}, ["firewall"]),
        ({"registryListen": "public"}, ["certificate", "configuration"]),
    ],
    ids=str,
)
def test_a_change_asks_again_and_is_named(
    run: Run, before: ProgramRun, change: Mapping[str, object], changed: Sequence[str]
) -> None:
    after = run(**change)
    for name in (OWN, ELSEWHERE):
        now, then = parts(after, name), parts(before, name)
        assert {part for part in then if now[part] != then[part]} == set(changed)


def test_another_certificate_asks_again(run: Run) -> None:
    first = run(**PROVIDED)
    renewed = issue(Shape("server", "root", hosts=(NAME,), end=90))
    second = run(**{**PROVIDED, "registryCertificate": renewed})
    then, now = parts(first), parts(second)
    assert {part for part in then if now[part] != then[part]} == {"certificate"}
    assert words(first, OWN)[1:3] == [NAME, "5000"]


def test_every_front_door_is_checked_and_no_standby(run: Run) -> None:
    two = run(
        servers=[A, {**B, "frontDoor": True}],
        registryGeneration="both",
        registryListen="public",
        globalIp=True,
    )
    assert {name for name in questions(two) if not name.endswith("-elsewhere")} == {
        f"dal05-{server}-{generation}-answers" for server in "ab" for generation in ("modern", "legacy")
    }
    assert words(two, "dal05-b-legacy-answers")[4] == "/v1/users/"
    # The global IP leads to its own front door there.
    for generation in ("modern", "legacy"):
        pull = needs(two, f"dal05-a-{generation}-verification-pull")
        assert f"dal05-b-{generation}-door" in pull
    standing_by = run(servers=[A, B])
    assert "dal05-b-standby" in {resource.name for resource in standing_by.resources}
    assert questions(standing_by) == [OWN, ELSEWHERE]


def test_the_firewall_in_front_of_a_colour_elsewhere_counts_too(run: Run) -> None:
    apart = {
        "colour": "servers", "releases": {"1": {}, "2": {"server": "b"}}, "black": "2", "servers": [A, B],
    }  # fmt: skip
    assert {"dal05-a-firewall", "dal05-b-firewall"} <= needs(run(**apart), OWN)


def test_what_listens_on_the_loopback_is_checked_there_alone(run: Run) -> None:
    both = run(registryListen="loopback", registryGeneration="both")
    # The legacy one is published by Docker itself, as in the article: it has no front door.
    assert questions(both) == [OWN]
    assert words(both, OWN)[1:4] == ["127.0.0.1", "5000", "127.0.0.1"]


def test_a_preview_asks_nothing_that_it_does_not_know(run: Run) -> None:
    assert questions(run(preview=True)) == [OWN, ELSEWHERE]
