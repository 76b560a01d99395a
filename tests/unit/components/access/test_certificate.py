"""The derived certificates: the same for the same secret, trusted by a verifier, of use to no other."""

import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from hypothesis import given
from hypothesis import strategies as st

from components.access.certificate import PERIOD, Issuer, derive, issue
from settings.access.provided_certificate import ProvidedCertificate, judge
from tests.support.authorities import client_takes

SECRETS = st.text(alphabet="0123456789abcdef", min_size=32, max_size=64)
ADDRESSES = st.lists(st.ip_addresses().map(str), min_size=1, max_size=3, unique=True).map(tuple)


@given(SECRETS, ADDRESSES)
def test_the_same_secret_gives_the_same_bytes(secret: str, addresses: tuple[str, ...]) -> None:
    assert issue(Issuer(secret), "a-registry", addresses) == issue(Issuer(secret), "a-registry", addresses)


@given(SECRETS, SECRETS)
def test_another_secret_gives_another_authority(secret: str, other_secret: str) -> None:
    same = (
        issue(Issuer(secret), "a-registry", ("10.0.0.1",)).authority
        == issue(Issuer(other_secret), "a-registry", ("10.0.0.1",)).authority
    )
    assert same == (secret == other_secret)


def test_a_verifier_accepts_the_chain_for_the_address() -> None:
    issued = issue(Issuer("ab" * 32), "a-registry", ("10.0.0.1", "127.0.0.1"))
    authority = x509.load_pem_x509_certificate(issued.authority.encode())
    leaf = x509.load_pem_x509_certificate(issued.certificate.encode())
    subject = x509.IPAddress(ipaddress.ip_address("10.0.0.1"))
    leaf.verify_directly_issued_by(authority)
    chain = PolicyBuilder().store(Store([authority])).build_server_verifier(subject).verify(leaf, [])
    assert chain == [leaf, authority]
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name) for name in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.1", "127.0.0.1"]
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_a_verifier_accepts_the_chain_for_the_name_as_well() -> None:
    issued = issue(
        Issuer("ab" * 32),
        "a-registry",
        ("10.0.0.1",),
        ("registry.example.com",),
        domain="registry.example.com",
    )
    authority = x509.load_pem_x509_certificate(issued.authority.encode())
    leaf = x509.load_pem_x509_certificate(issued.certificate.encode())
    store = Store([authority])
    for subject in (x509.DNSName("registry.example.com"), x509.IPAddress(ipaddress.ip_address("10.0.0.1"))):
        assert PolicyBuilder().store(store).build_server_verifier(subject).verify(leaf, [])
    other_verifier = PolicyBuilder().store(store).build_server_verifier(x509.DNSName("other.example.com"))
    with pytest.raises(VerificationError):
        other_verifier.verify(leaf, [])
    assert issued != issue(Issuer("ab" * 32), "a-registry", ("10.0.0.1",))


def test_the_authority_is_good_for_servers_only() -> None:
    authority = x509.load_pem_x509_certificate(
        issue(Issuer("ab" * 32), "a", ("10.0.0.1",)).authority.encode()
    )
    usage = authority.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_a_common_name_is_no_dns_name() -> None:
    with pytest.raises(ValueError, match=r"must have no dot, got 'a\.registry'"):
        issue(Issuer("ab" * 32), "a.registry", ("10.0.0.1",))


DATES = st.datetimes(datetime(2025, 1, 1), datetime(2042, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(SECRETS, DATES)
def test_an_issued_certificate_has_more_than_a_year_and_no_more_than_apple_takes(
    secret: str, now: datetime
) -> None:
    issued = issue(Issuer(secret), "a-registry", ("10.0.0.1",), now=now)
    leaf = x509.load_pem_x509_certificate(issued.certificate.encode())
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc < timedelta(days=825)
    assert leaf.not_valid_before_utc <= now - timedelta(days=30)
    assert issued.end - now >= timedelta(days=424)
    provided = ProvidedCertificate(issued.certificate, issued.private_key, issued.authority)
    assert judge(provided, ["10.0.0.1"], now).problems == ()


@given(SECRETS, DATES, st.timedeltas(timedelta(0), timedelta(days=2000)))
def test_a_certificate_changes_once_a_period_and_the_authority_never(
    secret: str, now: datetime, later: timedelta
) -> None:
    first = issue(Issuer(secret), "a-registry", ("10.0.0.1",), now=now)
    second = issue(Issuer(secret), "a-registry", ("10.0.0.1",), now=now + later)
    assert second.authority == first.authority
    assert second.private_key == first.private_key
    assert (second.end - first.end) % PERIOD == timedelta(0)
    assert abs((second.end - first.end) // PERIOD - later // PERIOD) <= 1
    assert (second == first) == (second.end == first.end)
    if later >= PERIOD:
        assert second != first


def test_a_year_of_runs_makes_two_certificates() -> None:
    days = (datetime(2027, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in range(365))
    assert (
        len({issue(Issuer("ab" * 32), "a-registry", ("10.0.0.1",), now=day).certificate for day in days}) == 2
    )


def test_stacks_renew_on_days_of_their_own() -> None:
    ends = {issue(Issuer(f"{stack:064x}"), "a-registry", ("10.0.0.1",)).end for stack in range(20)}
    assert len(ends) > 10


def test_a_client_takes_an_issued_certificate() -> None:
    issued = issue(
        Issuer("ab" * 32), "a-registry", ("10.0.0.1",), ("registry.example.com",), domain="example.com"
    )
    assert client_takes(issued.certificate, issued.private_key, issued.authority)


def test_purposes_are_separate() -> None:
    assert derive("secret", "http.secret") != derive("secret", "registry password")


OLD = Issuer("ab" * 32)
FOLLOWERS = [Issuer("ab" * 32, authority=2, before=OLD), Issuer("cd" * 32, before=OLD)]


@pytest.mark.parametrize("issuer", FOLLOWERS, ids=["another generation", "another root"])
def test_while_an_authority_is_rotated_clients_that_trust_either_one_go_on(issuer: Issuer) -> None:
    issued = issue(issuer, "a-registry", ("10.0.0.1",))
    leaf, crossed = x509.load_pem_x509_certificates(issued.certificate.encode())
    new, old = x509.load_pem_x509_certificates(issued.authority.encode())
    assert old == x509.load_pem_x509_certificate(issue(OLD, "a-registry", ("10.0.0.1",)).authority.encode())
    subject = x509.IPAddress(ipaddress.ip_address("10.0.0.1"))
    for trusted, length in (([new], 2), ([old], 3), ([new, old], 2)):
        verifier = PolicyBuilder().store(Store(trusted)).build_server_verifier(subject)
        assert len(verifier.verify(leaf, [crossed])) == length
    after = issue(Issuer(issuer.secret, issuer.authority), "a-registry", ("10.0.0.1",))
    assert after.authority == issued.authority.split("-----END CERTIFICATE-----\n")[0] + (
        "-----END CERTIFICATE-----\n"
    )
    assert issued.certificate.startswith(after.certificate)


def test_another_key_of_a_server_is_of_the_same_authority() -> None:
    before, after = (issue(Issuer("ab" * 32, leaf=leaf), "a-registry", ("10.0.0.1",)) for leaf in (1, 2))
    assert before.authority == after.authority
    assert before.private_key != after.private_key
    assert before.certificate != after.certificate
