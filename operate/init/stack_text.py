"""The stack file's text: answers in, YAML with comments out; pure."""

import json
import math
import re
import textwrap
from collections.abc import Iterator

import yaml

from operate.init.answers import LISTENS, STORAGES, Answers

_PREFIX = "  softlayer-registry:"
_WIDTH = 108
_PLAIN = re.compile(r"[A-Za-z~/][A-Za-z0-9_~./:@-]*[A-Za-z0-9_/]")


def stack_file_text(environment: str, answers: Answers, cost: str = "") -> str:
    """Return the text of a stack file.

    Args:
        environment: Name of the stack.
        answers: Answers of the operator.
        cost: Cost of the server, for a comment; "" where that is not known.
    """
    return "\n".join([*_head(environment, cost), "config:", *_config(answers)]) + "\n"


def _head(environment: str, cost: str) -> Iterator[str]:
    yield from _comment(
        f"Written by `operate init {environment}`; change what you like."
        " docs/reference/settings.md has every setting."
        f" `operate doctor {environment}` checks this file, this machine and the account before anything is"
        " ordered. User name and API key of the account are in the environment, never in this file: export"
        " SL_USERNAME=... SL_API_KEY=...",
        "",
    )
    if cost:
        yield from _comment(cost, "")


def _config(answers: Answers) -> Iterator[str]:
    yield from _setting("domain", answers.domain, "DNS domain of the servers' host names.")
    yield from _setting(
        "sshKeyFile", answers.ssh_key, f"The operator's key: ssh-keygen -t ed25519 -N '' -f {answers.ssh_key}"
    )
    yield from _servers(answers)
    yield from _storage(answers)
    yield from _access(answers)
    yield from _setting(
        "protect",
        {"servers": True, "images": True, "addresses": True},
        "Each kind refuses deletion until it is false here and `pulumi up` has run once.",
    )


def _servers(answers: Answers) -> Iterator[str]:
    server: dict[str, object] = {"name": "registry", "datacenter": answers.datacenter, "os": answers.system}
    server |= {"preset": answers.preset} if answers.preset else {"flavor": answers.flavor}
    if not answers.hourly:
        server["hourly"] = False
    billing = "hour" if answers.hourly else "month"
    comment = (
        f"Billed by the {billing}. A second server with `role: client` would pull what was pushed, as clients"
        " do."
    )
    if answers.preset:
        server["firstContact"] = "trust"
        comment += (
            " Bare metal takes no user data, so that the SSH host key that it shows first is trusted; put the"
            " key's fingerprint there instead where you can compare it"
            " (docs/reference/servers.md#first-contact)."
        )
    yield from _comment(comment)
    yield f"{_PREFIX}servers:"
    yield f"    - {_scalar(server)}"


def _storage(answers: Answers) -> Iterator[str]:
    comment = f"Where the images are kept: {STORAGES[answers.storage]} (docs/design/storage.md)."
    yield from _setting("registryStorage", answers.storage, comment)
    if answers.storage == "swift":
        yield from _setting("objectDatacenter", answers.datacenter)
    elif answers.bucket is not None:
        yield from _comment(
            "The bucket exists already. Its HMAC keys are secrets: pulumi config set --secret"
            " softlayer-registry:s3AccessKey, and s3SecretKey."
        )
        yield from _setting("s3Endpoint", answers.bucket.endpoint)
        yield from _setting("s3Region", answers.bucket.region)
        yield from _setting("s3Bucket", answers.bucket.name)


def _access(answers: Answers) -> Iterator[str]:
    comment = f"From where it is reached: {LISTENS[answers.listen]} (docs/reference/access.md)."
    if answers.certificate is None:
        comment += (
            " The stack issues its certificate, by an authority that `operate login ENV` gives to clients."
        )
    yield from _setting("registryListen", answers.listen, comment)
    if answers.name:
        yield from _setting("registryName", answers.name, "Its DNS name; the record is yours to make.")
    if answers.certificate is not None:
        yield from _comment(
            "The certificate's private key is a secret: pulumi config set --secret"
            " softlayer-registry:registryCertificateKey"
        )
        yield from _block("registryCertificate", answers.certificate.chain)
        if answers.certificate.authority:
            yield from _block("registryCertificateAuthority", answers.certificate.authority)
    comment = "Networks from which SSH is let in; an empty list is everywhere, with a warning."
    yield from _setting("sshFrom", list(answers.ssh_from), comment)


def _setting(key: str, value: object, comment: str = "") -> Iterator[str]:
    if comment:
        yield from _comment(comment)
    yield f"{_PREFIX}{key}: {_scalar(value)}"


def _scalar(value: object) -> str:
    """A value on one line; a text without quotes where YAML reads it as the same text."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and yaml.safe_load(value) == value:
        return value
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_scalar(item)}' for key, item in value.items())}}}"
    if isinstance(value, str):
        return str(yaml.safe_dump(value, default_style='"', allow_unicode=True, width=math.inf)).strip()
    return json.dumps(value)


def _block(key: str, text: str) -> Iterator[str]:
    yield f"{_PREFIX}{key}: |"
    yield from (f"    {line}" for line in text.strip().splitlines())


def _comment(text: str, indent: str = "  ") -> Iterator[str]:
    width = _WIDTH - len(indent) - 2
    # What an operator answered may be in it.
    printable = "".join(character if character.isprintable() else " " for character in text)
    lines = textwrap.wrap(printable, width, break_long_words=False, break_on_hyphens=False)
    yield from (f"{indent}# {line}" for line in lines)
