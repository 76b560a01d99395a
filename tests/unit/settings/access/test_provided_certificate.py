"""A certificate provided: taken when a client takes it, refused with every reason otherwise."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given as given_values
from hypothesis import settings
from hypothesis import strategies as st

from components.access.certificate import Certificate
from components.access.provided_certificate import load_provided_certificate
from messages.count import format_count
from settings.access.provided_certificate import Judgement, ProvidedCertificate, expiry_warning, judge
from settings.access.well_known_roots import well_known_roots
from tests.support.authorities import HOST, Shape, ca, client_takes, issue, key_of, key_pem
from tests.support.campaign import examples

NOW = datetime.now(UTC)
ROOT = issue(ca("root"))
MIDDLE = issue(ca("middle", "root"))
LOWER = issue(ca("lower", "middle"))
SERVER = issue(Shape("server", "lower"))
KEY = key_pem(key_of("server"))
STRANGER = issue(ca("stranger"))
BUNDLE = SERVER + LOWER + MIDDLE
CLIENT_AUTH = (ExtendedKeyUsageOID.CLIENT_AUTH,)


def with_lower(**changes: object) -> str:
    """The bundle with another lower intermediate."""
    return SERVER + issue(ca("lower", "middle", **changes)) + MIDDLE


def with_leaf(**changes: object) -> str:
    """The bundle with another certificate of the server."""
    return issue(Shape("server", "lower", **changes)) + LOWER + MIDDLE  # type: ignore[arg-type]


def short(value: str) -> str:
    """A name that is the same in every process, which certificates are not."""
    return "pem" if "BEGIN" in value else value[:40]


def problems_of(
    bundle: str, authority: str = ROOT, key: str = KEY, host: str = HOST, now: datetime = NOW
) -> str:
    judgement = judge(ProvidedCertificate(bundle, key, authority), [host] if host else [], now)
    return "\n".join(judgement.problems)


@pytest.mark.parametrize(
    "addresses",
    [("10.0.0.1",), (HOST,), ("Registry.Example.com", "a.wild.example.com"), ()],
)
def test_what_covers_every_address_is_taken(addresses: tuple[str, ...]) -> None:
    assert load_provided_certificate(BUNDLE.rstrip(), KEY, ROOT, addresses, NOW) == Certificate(
        ROOT, BUNDLE, KEY
    )


def test_a_root_that_clients_know_needs_not_be_provided() -> None:
    roots = x509.load_pem_x509_certificates(ROOT.encode())
    judgement = judge(ProvidedCertificate(BUNDLE, KEY, ""), [HOST], NOW, roots)
    assert (judgement.problems, judgement.chain) == ((), BUNDLE)
    bare = judge(ProvidedCertificate(SERVER, KEY, ""), [HOST], NOW, roots)
    assert "'CN=server' is issued by 'CN=lower', which is neither in the bundle" in bare.problems[0]


def test_the_well_known_roots_are_there() -> None:
    names = {root.subject.rfc4514_string() for root in well_known_roots()}
    assert "CN=ISRG Root X1,O=Internet Security Research Group,C=US" in names
    assert len(names) > 50


@given_values(st.permutations([SERVER, LOWER, MIDDLE, ROOT, STRANGER]), st.permutations([ROOT, STRANGER]))
def test_order_and_unrelated_roots_mean_nothing(bundle: list[str], authority: list[str]) -> None:
    provided = load_provided_certificate("".join(bundle), KEY, "".join(authority), (HOST,), NOW)
    assert provided.certificate == BUNDLE


def test_a_certificate_that_is_its_own_root_is_taken() -> None:
    own = issue(Shape("server", ca=True))
    assert load_provided_certificate(own, KEY, own, (HOST,), NOW).certificate == own
    assert client_takes(own, KEY, own)


def test_what_vouches_for_the_same_issuer_to_older_clients_is_sent_too() -> None:
    crossed = issue(ca("root", "stranger"))
    certificate = load_provided_certificate(BUNDLE + crossed, KEY, ROOT, (HOST,), NOW).certificate
    assert certificate == BUNDLE + crossed
    assert client_takes(certificate, KEY, STRANGER)
    assert client_takes(certificate, KEY, ROOT)


def test_the_way_around_an_expired_cross_signature_is_found() -> None:
    expired = issue(ca("middle", "stranger", end=-1))
    assert problems_of(SERVER + LOWER + expired + MIDDLE, ROOT + STRANGER) == ""


@pytest.mark.parametrize(
    ("bundle", "authority", "message"),
    [
        (SERVER, ROOT, "'CN=server' is issued by 'CN=lower', which is neither in the bundle nor a root"),
        (SERVER + MIDDLE, ROOT, "'CN=server' is issued by 'CN=lower'"),
        (BUNDLE, STRANGER, "'CN=middle' is issued by 'CN=root'"),
        (BUNDLE + ROOT, STRANGER, "'CN=root' is a root clients do not know"),
        (BUNDLE, "", "'CN=middle' is issued by 'CN=root'"),
        (BUNDLE, MIDDLE, "'CN=middle' is issued by 'CN=root'"),
        (with_lower(ca=False), ROOT, "'CN=lower' is no authority and cannot vouch for 'CN=server'"),
        (with_lower(ca=None), ROOT, "'CN=lower' is no authority"),
        (with_lower(signs=False), ROOT, "'CN=lower' is no authority"),
        (with_lower(usages=CLIENT_AUTH), ROOT, "'CN=lower' is not for servers"),
        (SERVER + LOWER + issue(ca("middle", "root", path_length=0)), ROOT, "'CN=middle' allows 0 inter"),
        (with_lower(end=-1), ROOT, "'CN=lower' expired on"),
        (with_lower(begin=1), ROOT, "'CN=lower' is valid from"),
        (with_leaf(usages=CLIENT_AUTH), ROOT, "'CN=server' is not for servers"),
        (with_leaf(end=-1), ROOT, "'CN=server' expired on"),
        (with_leaf(hosts=()), ROOT, "is for no name and not for"),
        (with_leaf(hosts=("a.example",)), ROOT, "is for a.example and not for registry.example.com"),
        (issue(Shape("server")), ROOT, "'CN=server' is a root clients do not know"),
        (with_leaf(signer=key_of("stranger")), ROOT, "'CN=server' is issued by 'CN=lower'"),
    ],
    ids=short,
)  # fmt: skip
def test_what_a_client_refuses_is_refused(bundle: str, authority: str, message: str) -> None:
    """OpenSSL refuses each too, given the same authority."""
    problems = problems_of(bundle, authority)
    assert message in problems
    assert all(line.startswith("registryCertificate: ") for line in problems.splitlines())
    assert not client_takes(bundle, KEY, authority or STRANGER)


def test_a_short_key_is_refused_as_by_openssl() -> None:
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505 - to be refused
    bundle = issue(Shape("short", "root", key=short))
    assert "RSA key of 1024 bits; must be 2048 at least" in problems_of(bundle, key=key_pem(short))
    assert not client_takes(bundle, key_pem(short), ROOT)


@pytest.mark.parametrize(
    ("bundle", "key", "authority", "host", "message"),
    [
        (BUNDLE, key_pem(key_of("other")), ROOT, HOST, "registryCertificateKey: is the key of another"),
        (BUNDLE, key_pem(key_of("server"), b"x"), ROOT, HOST, "registryCertificateKey: is no private key"),
        (BUNDLE, "nothing", ROOT, HOST, "registryCertificateKey: is no private key in PEM"),
        (BUNDLE, KEY, ROOT, "10.0.0.2", "not for 10.0.0.2"),
        (BUNDLE, KEY, ROOT, "wild.example.com", "not for wild.example.com"),
        (BUNDLE, KEY, ROOT, "b.a.wild.example.com", "not for b.a.wild.example.com"),
        ("nothing", KEY, ROOT, HOST, "registryCertificate: is no certificate in PEM"),
        (BUNDLE, KEY, "nothing", HOST, "registryCertificateAuthority: is no certificate in PEM"),
    ],
    ids=short,
)  # fmt: skip
def test_what_does_not_fit_is_refused(bundle: str, key: str, authority: str, host: str, message: str) -> None:
    with pytest.raises(ValueError) as refused:
        load_provided_certificate(bundle, key, authority, (host,), NOW)
    assert message in str(refused.value)
    assert "PRIVATE KEY" not in str(refused.value)


def test_every_reason_is_reported_at_once() -> None:
    later = NOW + timedelta(days=90)
    problems = problems_of(SERVER + STRANGER, "", key_pem(key_of("other")), "10.0.0.2", later)
    parts = ("another certificate", "expired", "is issued by", "not for 10.0.0.2")
    assert [part for part in parts if part not in problems] == []
    assert len(judge(ProvidedCertificate("x", "y", "z"), [], NOW).problems) == 3


AUTHORITIES = st.builds(
    lambda ca_flag, signs, usages, length, end, name, issuer: ca(
        name, issuer, ca=ca_flag, signs=signs, usages=usages, path_length=length, end=end
    ),
    st.sampled_from([True, True, True, False, None]),
    st.sampled_from([None, True, False]),
    st.sampled_from([(), (), (ExtendedKeyUsageOID.SERVER_AUTH,), CLIENT_AUTH]),
    st.sampled_from([None, None, 0, 1]),
    st.sampled_from([60, 60, 60, -1]),
    st.sampled_from(["middle", "lower"]),
    st.sampled_from(["root", "middle", "lower", "stranger"]),
)


@settings(max_examples=examples(full=1000, sample=40))
@given_values(st.lists(AUTHORITIES, max_size=4), st.sampled_from(["root", "middle", "lower"]), st.booleans())
def test_what_is_taken_a_client_takes(shapes: list[Shape], issuer: str, stranger: bool) -> None:
    """Whatever lies in the bundle: a chain that is taken passes OpenSSL, sent as it would be sent."""
    bundle = issue(Shape("server", issuer)) + "".join(issue(shape) for shape in shapes)
    authority = ROOT + (STRANGER if stranger else "")
    judgement = judge(ProvidedCertificate(bundle, KEY, authority), [HOST], NOW)
    if not judgement.problems:
        assert client_takes(judgement.chain, KEY, authority)


@given_values(st.floats(0, 60))
def test_an_end_that_is_near_is_warned_of(days: float) -> None:
    judgement = judge(ProvidedCertificate(BUNDLE, KEY, ROOT), [HOST], NOW)
    assert isinstance(judgement, Judgement)
    assert judgement.end is not None
    warning = expiry_warning(judgement.end, judgement.end - timedelta(days=days))
    assert (warning is not None) == (days < 21)
    if warning is not None:
        assert f"in {format_count(int(days), 'day')}, " in warning
        assert "registryCertificateKey" in warning


def test_the_first_certificate_to_expire_counts() -> None:
    soon = issue(ca("lower", "middle", end=10))
    judgement = judge(ProvidedCertificate(SERVER + soon + MIDDLE, KEY, ROOT), [HOST], NOW)
    assert judgement.end is not None
    assert abs(judgement.end - NOW - timedelta(days=10)) < timedelta(hours=1)
