"""A password that nothing prints is read by whole commands, which the end of its rotation names."""

import re

from operate.cli.commands.rotate import name_commands
from operate.record.rotation_plan import KINDS
from operate.rotate.kinds.password import describe_new_passwords, new_passwords
from operate.rotate.rotation import Rotation, RotationEnd
from tests.support.simulated_operator import SimulatedClock
from tests.unit.operate.rotate.simulated_rotations import SimulatedStack


def rotate_passwords(*users: str) -> RotationEnd:
    stack = SimulatedStack("password")
    rotation = Rotation(KINDS["password"], stack, SimulatedClock(), lambda _: None)
    return name_commands(rotation.run(new_passwords(users, "docker")), "prod")


def commands_of(end: RotationEnd) -> list[str]:
    return re.findall("`(.*?)`", f"{end.clients} {end.afterwards}")


def test_the_first_user_s_password_is_for_operate_login() -> None:
    assert commands_of(rotate_passwords()) == [
        "operate login prod",
        "pulumi stack output password --stack prod --show-secrets",
        "pulumi",
        "make up",
        "make shell",
    ]


def test_another_user_s_password_is_read_by_its_path() -> None:
    end = rotate_passwords("builder", "ENV")
    assert commands_of(end)[:2] == [
        """pulumi config get --path 'registryUsers["builder"]' --stack prod""",
        """pulumi config get --path 'registryUsers["ENV"]' --stack prod""",
    ]
    assert "operate login" not in end.afterwards


def test_other_rotations_name_no_password() -> None:
    assert describe_new_passwords(("s3AccessKey", "objectUser")) == ""
