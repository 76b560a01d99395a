"""Room for an image is checked before anything of it is on its server, and again for each other image."""

import shlex
from pathlib import Path

from tests.program.operator_config import Config, operator, run
from tests.program.program_under_mocks import ProgramRun, plain

__all__ = ["operator"]
IMAGE = "dal05-a-modern-2.8.3-image"
CHECK = f"{IMAGE}-disk-space"


def dependencies(program: ProgramRun, name: str) -> set[str]:
    """Names of the resources that exist before one that is no component is created."""
    (request,) = [request for request in program.requests if request.name == name and request.custom]
    return {urn.rpartition("::")[2] for urn in request.dependencies}


def words(program: ProgramRun, name: str) -> list[str]:
    """Arguments of a check."""
    create = str(plain(program.resource(name).inputs["create"]))
    return shlex.split(create.partition("bash -s --")[2])


def test_an_image_and_its_archive_wait_for_the_check(operator: Config) -> None:
    program = run(operator)
    assert CHECK in dependencies(program, IMAGE)
    assert CHECK in dependencies(program, f"{IMAGE}-base")
    assert "dal05-a-storage-driver" in dependencies(program, CHECK)


def test_an_archive_needs_twice_its_size_and_room_for_itself(operator: Config) -> None:
    program = run(operator)
    # The archive has a few bytes, which is 1 MB.
    assert words(program, CHECK) == ["dal05-a", "66", "/var/lib/registry-images", "1"]
    pulled = run({key: value for key, value in operator.items() if key != "registryBaseArchive"})
    assert words(pulled, CHECK) == ["dal05-a", "128"]
    assert words(pulled, "dal05-a-legacy-0.7.3-image-disk-space") == ["dal05-a", "512"]
    assert words(program, "dal05-a-modern-red-disk-space") == ["dal05-a", "32"]


def test_another_image_is_checked_for_and_another_password_is_not(operator: Config, tmp_path: Path) -> None:
    archive = tmp_path / "other.tar"
    archive.write_bytes(b"another base image")

    def standard_input(**settings: object) -> str:
        return str(plain(run(operator, **settings).resource(CHECK).inputs["stdin"]))

    before = standard_input()
    assert standard_input(registryPassword="another password") == before
    assert standard_input(registryBaseArchive=str(archive)) != before
