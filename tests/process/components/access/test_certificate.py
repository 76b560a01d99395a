"""What OpenSSL takes of the derived certificates."""

import ipaddress
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from components.access.certificate import Issuer, issue


def takes(
    authority: str, leaf: str, subject: x509.DNSName | x509.IPAddress, folder: Path
) -> tuple[bool, bool]:
    """Whether cryptography's verifier and OpenSSL's take a certificate for a name or an address."""
    root, chain = (x509.load_pem_x509_certificate(pem.encode()) for pem in (authority, leaf))
    try:
        PolicyBuilder().store(Store([root])).build_server_verifier(subject).verify(chain, [])
        first = True
    except VerificationError:
        first = False
    (folder / "root.pem").write_text(authority)
    (folder / "leaf.pem").write_text(leaf)
    kind = "-verify_hostname" if isinstance(subject, x509.DNSName) else "-verify_ip"
    command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", "root.pem"]
    done = subprocess.run(
        [*command, kind, str(subject.value), "leaf.pem"], cwd=folder, capture_output=True, check=False
    )
    return first, done.returncode == 0


ADDRESS = x509.IPAddress(ipaddress.ip_address("10.0.0.1"))


@pytest.mark.parametrize(
    ("domain", "name", "is_accepted"),
    [
        ("", "", True),
        ("", "bank.example", False),
        ("registry.example.com", "registry.example.com", True),
        ("example.com", "dal05.example.com", True),
        ("registry.example.com", "bank.example", False),
        ("registry.example.com", "example.com", False),
    ],
)
def test_the_authority_vouches_for_the_stacks_own_names_only(
    tmp_path: Path, domain: str, name: str, is_accepted: bool
) -> None:
    """Who learns the root secret can pretend to be the registry, and no other site to those who trust it."""
    issued = issue(Issuer("ab" * 32), "a-registry", ("10.0.0.1",), (name,) if name else (), domain=domain)
    subject = x509.DNSName(name) if name else ADDRESS
    assert takes(issued.authority, issued.certificate, subject, tmp_path) == (is_accepted, is_accepted)


OLD = Issuer("ab" * 32)
FOLLOWERS = [Issuer("ab" * 32, authority=2, before=OLD), Issuer("cd" * 32, before=OLD)]


@pytest.mark.parametrize("issuer", FOLLOWERS, ids=["another generation", "another root"])
def test_openssl_takes_the_chain_by_either_authority(issuer: Issuer, tmp_path: Path) -> None:
    issued = issue(issuer, "a-registry", ("10.0.0.1",))
    (tmp_path / "chain").write_text(issued.certificate)
    end = "-----END CERTIFICATE-----\n"
    for number, trusted in enumerate(f"{text}{end}" for text in issued.authority.split(end)[:-1]):
        (tmp_path / f"{number}").write_text(trusted)
        words = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_ip", "10.0.0.1"]
        words += ["-CAfile", str(tmp_path / f"{number}"), "-untrusted", str(tmp_path / "chain")]
        done = subprocess.run([*words, str(tmp_path / "chain")], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
