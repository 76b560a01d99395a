"""A COS bucket's settings: every mistake at once, keys secret, the driver's parameters."""

import asyncio
from collections.abc import Iterator

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.access.secret_mark import mark
from components.storage.cos_bucket import (
    ACCESS_KEY,
    SECRET_KEY,
    CosBucket,
    bucket_mistake,
    endpoint_mistake,
    region_mistake,
)

ENDPOINT = "https://s3.private.us-south.cloud-object-storage.appdomain.cloud"
SECRET = "a-secret-that-must-not-show"


@pytest.fixture(autouse=True)
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    event_loop = asyncio.new_event_loop()
    asyncio.set_event_loop(event_loop)
    yield event_loop
    # What a test made but did not look at is still awaited.
    event_loop.run_until_complete(asyncio.gather(*asyncio.all_tasks(event_loop), return_exceptions=True))
    event_loop.close()
    asyncio.set_event_loop(None)


def bucket(
    endpoint: str = ENDPOINT,
    region: str = "us-south",
    name: str = "my-registry",
    access_key: pulumi.Input[str] = "access",
    secret_key: pulumi.Input[str] = SECRET,
) -> CosBucket:
    return CosBucket(endpoint, region, name, access_key, secret_key)


async def facts(output: pulumi.Output[dict[str, str]]) -> tuple[dict[str, str] | None, bool]:
    return await output.future(), await output.is_secret()


def test_keys_are_secret_and_the_driver_gets_all(loop: asyncio.AbstractEventLoop) -> None:
    cos_bucket = bucket(secret_key=pulumi.Output.from_input(SECRET))
    for key in (cos_bucket.access_key, cos_bucket.secret_key):
        assert isinstance(key, pulumi.Output)
        assert loop.run_until_complete(key.is_secret())
    secrets, secret = loop.run_until_complete(facts(cos_bucket.secrets))
    assert secret
    assert secrets == {ACCESS_KEY: "access", SECRET_KEY: SECRET}
    assert cos_bucket.storage.parameters == {
        "regionendpoint": ENDPOINT, "forcepathstyle": True, "region": "us-south", "bucket": "my-registry",
        "accesskey": mark(ACCESS_KEY), "secretkey": mark(SECRET_KEY), "secure": True, "v4auth": True,
        "chunksize": 10 * 2**20,
    }  # fmt: skip


def test_every_mistake_at_once_and_no_key() -> None:
    with pytest.raises(ValueError, match="cannot be used") as caught:
        bucket("http://s3.example.com", "US South", "My_Registry", "", f"{SECRET} ")
    message = str(caught.value)
    for name in ("endpoint", "region", "bucket", "access_key", "secret_key"):
        assert f"{name} must" in message
    assert SECRET not in message
    assert SECRET not in repr(bucket())


def test_a_key_that_turns_out_empty_is_refused_later(loop: asyncio.AbstractEventLoop) -> None:
    cos_bucket = bucket(secret_key=pulumi.Output.from_input(""))
    with pytest.raises(ValueError, match="my-registry cannot be used: secret_key must be an HMAC key"):
        loop.run_until_complete(cos_bucket.secrets.future())


@pytest.mark.parametrize(
    "endpoint",
    [
        "", "s3.example.com", "http://s3.example.com", "https://", f"{ENDPOINT}/bucket", f"{ENDPOINT}?a=b",
        "https://s3.example.com:99999", "https://[", "https://s3.example.com:0", "ftp://10.0.0.1",
        # Without TLS only where no route leads from outside, and a name may come to mean any address.
        "http://localhost:8080", "http://8.8.8.8", "http://0.0.0.0", "http://[2606:4700::1111]",
    ],
)  # fmt: skip
def test_endpoints_that_are_none(endpoint: str) -> None:
    assert endpoint_mistake(endpoint)


def test_credentials_in_an_endpoint_are_refused_and_not_repeated() -> None:
    message = endpoint_mistake(f"https://me:{SECRET}@s3.example.com")
    assert message is not None
    assert SECRET not in message


@pytest.mark.parametrize(
    "endpoint",
    [
        ENDPOINT, f"{ENDPOINT}/", "https://10.1.129.58:8443", "http://10.1.129.58:8080",
        "http://127.0.0.1:8080", "http://[::1]:8080", "http://192.168.0.1",
    ],
)  # fmt: skip
def test_endpoints(endpoint: str) -> None:
    assert endpoint_mistake(endpoint) is None


LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)


@given(st.lists(LABEL, min_size=1, max_size=5).map(".".join).filter(lambda name: 3 <= len(name) <= 63))
def test_bucket_names_of_labels_pass_unless_they_look_like_an_address(name: str) -> None:
    is_like_an_address = name.count(".") == 3 and all(part.isdecimal() for part in name.split("."))
    assert is_like_an_address or bucket_mistake(name) is None


@pytest.mark.parametrize(
    "name", ["ab", "a" * 64, "-abc", "abc-", "a..b", "a.-b", "a-.b", "Abc", "a_b", "10.0.0.1", "abc\n", ""]
)
def test_bucket_names_that_are_none(name: str) -> None:
    assert bucket_mistake(name)


@pytest.mark.parametrize("region", ["us-south", "eu-de", "us", "ap-geo1"])
def test_regions(region: str) -> None:
    assert region_mistake(region) is None


@pytest.mark.parametrize("region", ["US", "us south", "", "us-", "us-south\n"])
def test_regions_that_are_none(region: str) -> None:
    assert region_mistake(region)
