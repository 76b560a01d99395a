"""Docker's disk is looked at again where a container changes, and only there."""

from components.server.disk_space import content_digest


def test_secrets_from_the_state_are_the_same_in_another_order() -> None:
    declared = ["sha256:a", "recipe", {"httpSecret": "1", "password": "2"}]
    recorded = ["sha256:a", "recipe", {"password": "2", "httpSecret": "1"}]
    assert content_digest(declared) == content_digest(recorded)


def test_another_secret_is_another_container() -> None:
    assert content_digest(["a", "b", {"key": "1"}]) != content_digest(["a", "b", {"key": "2"}])
