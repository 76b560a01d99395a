"""A certificate that OpenSSL signs with SHA-1 is refused, as by its clients."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

from settings.access.provided_certificate import ProvidedCertificate, judge
from tests.support.authorities import HOST, ca, client_takes, issue, key_of, key_pem


def test_a_signature_by_sha1_is_refused_as_by_openssl(tmp_path: Path) -> None:
    """The library signs with SHA-1 no more, so OpenSSL does."""
    root, key = issue(ca("root")), key_pem(key_of("server"))
    for name, text in (("root", root + key_pem(key_of("root"))), ("server", key)):
        (tmp_path / name).write_text(text)
    (tmp_path / "extensions").write_text(f"subjectAltName=DNS:{HOST}\n")
    request = "openssl req -new -key server -subj /CN=server"
    sign = "openssl x509 -req -sha1 -days 9 -CA root -CAkey root -CAcreateserial -extfile extensions"
    done = subprocess.run(  # noqa: S602 - fixed words
        f"{request} | {sign}", shell=True, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    judgement = judge(ProvidedCertificate(done.stdout, key, root), [HOST], datetime.now(UTC))
    assert "'CN=server' is signed with sha1, which clients refuse" in "\n".join(judgement.problems)
    assert not client_takes(done.stdout, key, root)
