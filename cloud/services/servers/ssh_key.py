"""SoftLayer_Security_Ssh_Key: the account's public keys."""

import base64
import binascii
import hashlib
from dataclasses import replace

from cloud import arguments, faults
from cloud.account.account import Account
from cloud.clock import now
from cloud.entities.servers.ssh_key import ssh_key_entity
from cloud.services.service import Call, Service, require_number
from cloud.state.records import SshKey
from cloud.values import Entity, Json, Value

NAME = "SoftLayer_Security_Ssh_Key"
_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f sample"
_SAMPLE: dict[str, Json] = {"label": "sample", "key": _KEY}


def services(account: Account) -> tuple[Service, ...]:
    """Return the service: createObject, editObject, deleteObject, getObject."""

    def find(identifier: str | None) -> Entity:
        return ssh_key_entity(_key(account, identifier))

    def create(call: Call) -> Value:
        return ssh_key_entity(_created(account, arguments.mapping(call.argument(0), "The template object")))

    def edit(call: Call) -> Value:
        return _edited(account, call)

    def delete(call: Call) -> Value:
        account.store.remove(SshKey, _key(account, call.identifier).id)
        return True

    def listed() -> Value:
        return [ssh_key_entity(key) for key in account.store.all(SshKey)]

    methods = {"createObject": create, "editObject": edit, "deleteObject": delete}
    return (Service(NAME, find, methods, account_relations={"sshKeys": listed}, sample=_SAMPLE),)


def _key(account: Account, identifier: str | None) -> SshKey:
    number = require_number(NAME, identifier)
    key = account.store.get(SshKey, number)
    if key is None:
        raise faults.not_found(str(number))
    return key


def _created(account: Account, properties: dict[str, Json]) -> SshKey:
    label, line = arguments.text(properties, "label"), " ".join(arguments.text(properties, "key").split())
    for name, value in (("label", label), ("key", line)):
        if not value:
            raise faults.missing_property(name, NAME)
    blob = _blob(line)
    with account.store.transaction():
        if any(_blob(key.key) == blob for key in account.store.all(SshKey)):
            raise faults.key_exists()
        key = SshKey(
            account.store.numbers("SshKey")[0],
            label,
            line,
            arguments.text(properties, "notes"),
            _colons(hashlib.md5(blob, usedforsecurity=False).hexdigest()),
            _colons(hashlib.sha256(blob).hexdigest()),
            now(),
        )
        account.store.put((key,))
    return key


def _blob(line: str) -> bytes:
    """Return the binary part of an OpenSSH public key line, which begins with its own type.

    Raises:
        ApiFault: The line is no public key (the text is a choice); the key itself is not repeated.
    """
    kind, _, rest = line.partition(" ")
    try:
        blob = base64.b64decode(rest.partition(" ")[0], validate=True)
    except (binascii.Error, ValueError):
        blob = b""
    length = int.from_bytes(blob[:4], "big")
    if len(blob) < 20 or blob[4 : 4 + length] != kind.encode("utf-8", "replace"):
        raise faults.invalid_value("key", "An OpenSSH public key is needed.")
    return blob


def _colons(digits: str) -> str:
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


def _edited(account: Account, call: Call) -> bool:
    key = _key(account, call.identifier)
    properties = arguments.mapping(call.argument(0), "The template object")
    label = arguments.text(properties, "label") or key.label
    notes = arguments.text(properties, "notes") if "notes" in properties else key.notes
    account.store.change(
        SshKey, key.id, lambda record: replace(record, label=label, notes=notes, modified=now())
    )
    return True
