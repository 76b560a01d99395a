"""The provider's configuration: errors at once, environment, and the order scope."""

import io
import logging

import pytest

from provider.redaction import PLACEHOLDER, Redactor
from provider.settings import PUBLIC_ENDPOINT, VerifyOrders, check_configuration, read_configuration
from provider.values import UNKNOWN, Properties


def test_every_error_at_once() -> None:
    checked = check_configuration(
        {}, {"timeout": "soon", "rateLimit": 99, "endpointUrl": "https://x/rest/v3", "colour": "red"}, {}
    )
    assert {path for path, _ in checked.failures} == {
        "username", "apiKey", "timeout", "rateLimit", "endpointUrl", "colour",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("endpoint", "refused"),
    [
        ("https://api.softlayer.com/xmlrpc/v3.1/", False),
        ("http://127.0.0.1:8780/xmlrpc/v3.1/", False),
        ("http://[::1]:8780/xmlrpc/v3.1/", False),
        ("http://10.0.80.11/xmlrpc/v3.1/", False),
        ("http://api.softlayer.com/xmlrpc/v3.1/", True),
        ("http://localhost/xmlrpc/v3.1/", True),
        ("http://192.0.2.1.example.com/xmlrpc/v3.1/", True),
        ("http://8.8.8.8/xmlrpc/v3.1/", True),
        ("http://0.0.0.0/xmlrpc/v3.1/", True),
        ("https:///xmlrpc/v3.1/", True),
        ("ftp://10.0.80.11/xmlrpc/v3.1/", True),
    ],
)
def test_the_api_key_leaves_the_private_network_over_tls_alone(endpoint: str, refused: bool) -> None:
    checked = check_configuration({}, {"username": "u", "apiKey": "k", "endpointUrl": endpoint}, {})
    assert [path for path, _ in checked.failures] == ["endpointUrl"] * refused


def test_whether_orders_are_verified() -> None:
    account: Properties = {"username": "u", "apiKey": "k"}
    assert read_configuration(account, {}).verify_orders is VerifyOrders.AUTO
    for mode in VerifyOrders:
        desired = {**account, "verifyOrders": mode.value}
        assert check_configuration({}, desired, {}).failures == ()
        assert read_configuration(desired, {}).verify_orders is mode
    ((path, reason),) = check_configuration({}, {**account, "verifyOrders": "sometimes"}, {}).failures
    assert path == "verifyOrders"
    assert "auto, always, never" in reason
    assert check_configuration({}, {**account, "verifyOrders": UNKNOWN}, {}).failures == ()


def test_the_scope_is_made_once_and_carried_forward() -> None:
    first = check_configuration({}, {"username": "u", "apiKey": "k"}, {})
    scope = first.inputs["orderScope"]
    assert isinstance(scope, str)
    assert len(scope) == 16
    again = check_configuration(first.inputs, {"username": "v", "apiKey": "k"}, {})
    assert again.inputs["orderScope"] == scope
    assert check_configuration({}, {"username": "u", "apiKey": "k"}, {}).inputs["orderScope"] != scope


def test_credentials_of_the_environment_are_used_but_not_kept() -> None:
    environment = {"SL_USERNAME": "me", "SOFTLAYER_API_KEY": "secret-key"}
    checked = check_configuration({}, {}, environment)
    assert checked.failures == ()
    assert "secret-key" not in str(checked.inputs)
    settings = read_configuration(checked.inputs, environment)
    assert (settings.username, settings.api_key) == ("me", "secret-key")
    assert settings.endpoint_url == PUBLIC_ENDPOINT
    assert (settings.timeout, settings.rate_limit, settings.order_settle) == (120, 40, 60)
    assert "secret-key" not in repr(settings)


def test_numbers_may_come_as_strings_and_unknowns_pass() -> None:
    news: Properties = {
        "username": "u",
        "apiKey": UNKNOWN,
        "timeout": "30",
        "rateLimit": 10,
        "endpointUrl": UNKNOWN,
    }
    checked = check_configuration({}, news, {})
    assert checked.failures == ()
    assert read_configuration({**checked.inputs, "apiKey": "k", "endpointUrl": ""}, {}).timeout == 30


def test_secrets_are_blotted_out_of_messages_and_tracebacks() -> None:
    redactor = Redactor()
    redactor.register_secret("hunter2-hunter2")
    redactor.register_secret("a")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(redactor)
    log = logging.getLogger("test-redaction")
    log.propagate = False
    log.addHandler(handler)
    try:
        int("hunter2-hunter2")
    except ValueError:
        log.exception("key %s failed", "hunter2-hunter2")
    output = stream.getvalue()
    assert "hunter2" not in output
    assert output.count(PLACEHOLDER) >= 2
    assert "failed" in output
