"""The derived certificates: the same for the same secret, trusted by a verifier, of use to no other."""

import ipaddress

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from hypothesis import given
from hypothesis import strategies as st

from components.certificate import derive, issue

SECRETS = st.text(alphabet="0123456789abcdef", min_size=32, max_size=64)
ADDRESSES = st.lists(st.ip_addresses().map(str), min_size=1, max_size=3, unique=True).map(tuple)


@given(SECRETS, ADDRESSES)
def test_the_same_secret_gives_the_same_bytes(secret: str, addresses: tuple[str, ...]) -> None:
    assert issue(secret, "a.registry", addresses) == issue(secret, "a.registry", addresses)


@given(SECRETS, SECRETS)
def test_another_secret_gives_another_authority(one: str, other: str) -> None:
    same = (
        issue(one, "a.registry", ("10.0.0.1",)).authority
        == issue(other, "a.registry", ("10.0.0.1",)).authority
    )
    assert same == (one == other)


def test_a_verifier_accepts_the_chain_for_the_address() -> None:
    issued = issue("ab" * 32, "a.registry", ("10.0.0.1", "127.0.0.1"))
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
    issued = issue("ab" * 32, "a.registry", ("10.0.0.1",), ("registry.example.com",))
    authority = x509.load_pem_x509_certificate(issued.authority.encode())
    leaf = x509.load_pem_x509_certificate(issued.certificate.encode())
    store = Store([authority])
    for subject in (x509.DNSName("registry.example.com"), x509.IPAddress(ipaddress.ip_address("10.0.0.1"))):
        assert PolicyBuilder().store(store).build_server_verifier(subject).verify(leaf, [])
    other = PolicyBuilder().store(store).build_server_verifier(x509.DNSName("other.example.com"))
    with pytest.raises(VerificationError):
        other.verify(leaf, [])
    assert issued != issue("ab" * 32, "a.registry", ("10.0.0.1",))


def test_purposes_are_apart() -> None:
    assert derive("secret", "http.secret") != derive("secret", "registry password")
