"""A rotation to the secret that is in use is refused: nobody is told that a leaked one is replaced."""

import pytest

from operate.error import NotStartedError
from operate.record.rotation_plan import KINDS
from operate.rotate.rotation import Rotation
from operate.rotate.rotation_request import RotationRequest
from operate.stack.config.setting_keys import ROTATION
from tests.support.simulated_operator import SimulatedClock
from tests.unit.operate.rotate.rotating_operator import check_end, rotate, rotate_and_die
from tests.unit.operate.rotate.simulated_rotations import SimulatedStack


def run(stack: SimulatedStack, request: RotationRequest) -> None:
    Rotation(KINDS[stack.kind], stack, SimulatedClock(), lambda _: None).run(request)


def test_a_key_that_the_account_still_has_is_not_swapped_to() -> None:
    stack = SimulatedStack("swift-key")
    text = stack.file_text()
    with pytest.raises(NotStartedError, match=r"still has the key that is live, in release 1"):
        rotate(stack)
    assert (stack.file_text(), stack.swaps, list(stack.colours)) == (text, 0, ["red"])


def test_killed_at_every_moment_it_is_refused_once_more() -> None:
    text, call = SimulatedStack("swift-key").file_text(), 0
    while True:
        stack, call = SimulatedStack("swift-key"), call + 1
        try:
            if not rotate_and_die(stack, call):
                break
        except NotStartedError:
            break
        with pytest.raises(NotStartedError, match="still has the key"):
            rotate(stack)
        assert (stack.file_text(), stack.swaps) == (text, 0)
    assert call > 6


def test_a_key_that_was_made_after_the_refusal_is_rotated_to() -> None:
    stack = SimulatedStack("swift-key")
    with pytest.raises(NotStartedError):
        rotate(stack)
    stack.portal = "new"
    rotate(stack)
    check_end(stack, "old")


def test_a_key_that_the_state_has_already_is_rotated_to() -> None:
    """Of a refresh whose `pulumi up` left the live container as it was made."""
    stack = SimulatedStack("swift-key", portal="new", state_secret="new")
    stack.colours["red"] = type(stack.colours["red"])("1", "old")
    stack.settings["keepRelease"] = "1"
    rotate(stack)
    assert stack.swaps == 1


@pytest.mark.parametrize(
    ("kind", "settings", "secrets", "present"),
    [
        ("swift-user", {"objectUser": "first user"}, {}, {}),
        ("swift-user", {"objectUser": "second user"}, {}, {"objectUser": "second user"}),
        ("s3-keys", {}, {"s3AccessKey": "old access", "s3SecretKey": "old secret"}, {}),
        (
            "certificate",
            {"registryCertificate": "chain\n", "registryCertificateAuthority": None},
            {"registryCertificateKey": "key\n"},
            {"registryCertificate": "chain", "registryCertificateKey": "key"},
        ),
    ],
)
def test_what_is_provided_must_differ_from_what_is_in_use(
    kind: str, settings: dict[str, object], secrets: dict[str, str], present: dict[str, str]
) -> None:
    stack = SimulatedStack(kind)
    stack.settings |= present
    text = stack.file_text()
    with pytest.raises(NotStartedError, match="must differ from what the stack uses already"):
        run(stack, RotationRequest(settings=settings, secrets=secrets))
    assert (stack.file_text(), stack.calls) == (text, 0)


def test_another_certificate_may_have_the_same_key() -> None:
    stack = SimulatedStack("certificate")
    stack.settings |= {"registryCertificate": "chain", "registryCertificateKey": "key"}
    settings = {"registryCertificate": "next chain", "registryCertificateAuthority": None}
    run(stack, RotationRequest(settings=settings, secrets={"registryCertificateKey": "key"}))
    assert stack.settings.get(ROTATION) is None
