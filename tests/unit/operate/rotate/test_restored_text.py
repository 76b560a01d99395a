"""What a rotation was given is taken back byte for byte, and nothing that somebody else has written."""

import pytest

from operate.error import RefusedError
from operate.rotate.restored_text import restored_text

BEFORE = """\
# The registry of our team.
encryptionsalt: v1:salt
config:
    softlayer-registry:registryCertificate: |
        -----BEGIN CERTIFICATE-----
        # of before
        MIG
        -----END CERTIFICATE-----
    # Users.
    softlayer-registry:registryUsers:
        jane.doe: {secure: v1:old}
        builder:
            secure: v1:builder

    softlayer-registry:memory: 256
"""
NOW = """\
encryptionsalt: v1:salt
config:
  softlayer-registry:memory: 512
  softlayer-registry:registryPassword:
    secure: v1:new
  # Users.
  softlayer-registry:registryUsers:
    builder:
      secure: v1:builder
    jane.doe:
      secure: v1:new
  softlayer-registry:rotation:
    before: |
      config:
        softlayer-registry:memory: 256
  softlayer-registry:registryCertificate: another
"""


def test_each_form_of_a_setting_is_taken_back_and_the_rest_stays() -> None:
    paths = ("registryPassword", "registryCertificate", 'registryUsers["jane.doe"]')
    assert (
        restored_text(BEFORE, NOW, paths)
        == """\
encryptionsalt: v1:salt
config:
  softlayer-registry:memory: 512
  # Users.
  softlayer-registry:registryUsers:
      jane.doe: {secure: v1:old}
      builder:
          secure: v1:builder
  softlayer-registry:rotation:
    before: |
      config:
        softlayer-registry:memory: 256
  softlayer-registry:registryCertificate: |
      -----BEGIN CERTIFICATE-----
      # of before
      MIG
      -----END CERTIFICATE-----
"""
    )


def test_a_setting_that_was_taken_out_comes_back() -> None:
    present = NOW.replace("  softlayer-registry:registryCertificate: another\n", "").rstrip("\n")
    text = restored_text(BEFORE, f"{present}\n", ("registryCertificate",))
    assert (
        text == f"{present}\n"
        """\
  softlayer-registry:registryCertificate: |
      -----BEGIN CERTIFICATE-----
      # of before
      MIG
      -----END CERTIFICATE-----
"""
    )


def test_an_unchanged_setting_stays_as_it_is() -> None:
    assert restored_text(BEFORE, NOW, ('registryUsers["builder"]',)) == NOW
    assert restored_text(NOW, NOW, ("registryPassword",)) == NOW


def test_another_user_that_was_edited_meanwhile_is_not_taken_back() -> None:
    edited = NOW.replace("    builder:\n      secure: v1:builder\n", "")
    with pytest.raises(RefusedError, match="builder of registryUsers was edited"):
        restored_text(BEFORE, edited, ('registryUsers["jane.doe"]',))


def test_a_secret_of_another_passphrase_is_not_taken_back() -> None:
    with pytest.raises(RefusedError, match="the passphrase was changed"):
        restored_text(BEFORE, NOW.replace("v1:salt", "v1:other"), ("registryPassword",))


def test_a_file_of_another_form_is_refused() -> None:
    with pytest.raises(RefusedError, match="from version control"):
        restored_text("config: {softlayer-registry:a: 1}", "config: {softlayer-registry:a: 2}", ("a",))
