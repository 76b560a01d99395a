"""`softlayer:index:SshKey` over SoftLayer_Security_Ssh_Key.

A key costs nothing, but the account refuses a second copy of it, so Create looks for it first: a key of the
same body and label is the one that an interrupted run created, and is taken over. A key of another label
belongs to somebody else, such as another stack of the same operator: only a `shared` one is used all the
same, and then never changed or deleted.
"""

import base64
import binascii

from provider.errors import (
    REFRESH,
    ApiError,
    InterruptedCallError,
    InvalidInputError,
    NotFoundError,
    ProviderError,
    RefusedCallError,
)
from provider.resources.by_table import ByTable
from provider.resources.contract import Created, Live, State, Target
from provider.resources.fields import Field, filled
from provider.resources.missing import SSH_KEYS, confirm_missing
from provider.session import Session
from provider.softlayer.records import Record, as_record, as_records, text_at, whole_at
from provider.values import UNKNOWN, Properties, Value, flag, text

SERVICE = "Security_Ssh_Key"
MASK = "mask[id,label,key,notes,fingerprint]"
ANSWERED = ("keyId", "fingerprint", "owned")
TRIES = 3
"""Creates, each after a search, before giving up on lost answers (choice)."""


def key_body(line: Value) -> Value:
    """Algorithm and key without the comment, which is no part of the key."""
    return " ".join(line.split()[:2]) if isinstance(line, str) else line


def _public_key(value: Value) -> str | None:
    parts = str(value).split()
    if "PRIVATE KEY" in str(value):
        return "is a private key; the public one is needed (the .pub file)"
    try:
        if len(parts) >= 2 and parts[0].encode() in base64.b64decode(parts[1], validate=True):
            return None
    except (binascii.Error, ValueError):
        pass
    return "must be one OpenSSH public key line, such as ssh-ed25519 AAAA... name"


FIELDS = (
    Field("label", required=True, rule=filled),
    Field("publicKey", required=True, replaces=True, rule=_public_key, normal=key_body),
    Field("notes"),
    Field("shared", bool, default=False),
)


class SshKey(ByTable):
    """The handler; see `provider.resources.contract.Resource`. The key's comment is no change."""

    token = "softlayer:index:SshKey"  # noqa: S105 - a type token
    fields = FIELDS

    def preview(self, inputs: Properties, outputs: Properties | None) -> Properties:
        """Return the outputs; those that the account decides are unknown until created."""
        return {**inputs, **{name: (outputs or {}).get(name, UNKNOWN) for name in ANSWERED}}

    async def create(self, session: Session, target: Target, inputs: Properties) -> Created:
        """Take over the key of the same body and label, or any that may be shared; else create it.

        Raises:
            ProviderError: The answer was lost at every try; what was created is found by the next run.
        """
        for _ in range(TRIES):
            key = await self._find(session, inputs)
            if key is not None:
                existing = self._created(key, inputs)
                session.tokens.adopted(target.urn, existing.identifier)
                return existing
            template = {"label": text(inputs, "label"), "key": text(inputs, "publicKey")}
            if text(inputs, "notes"):
                template["notes"] = text(inputs, "notes")
            try:
                answer = await session.api.order(SERVICE, "createObject", template)
            except InterruptedCallError:
                continue
            except RefusedCallError:
                # Another stack of the same operator may have registered the key since the search.
                if await self._find(session, inputs) is None:
                    raise
                continue
            return self._created(as_record(answer), inputs)
        raise ProviderError(
            f"The answer to {SERVICE}::createObject was lost {TRIES} times at {session.api.endpoint}. Run "
            "the same command again: a key that was created is found by its body."
        )

    async def read(self, session: Session, target: Target, identifier: str, state: State) -> Live | None:
        """Return the key, with a changed label or notes shown as drift."""
        try:
            key = as_record(await session.api.read(SERVICE, "getObject", id=int(identifier), mask=MASK))
        except NotFoundError:
            await confirm_missing(session, SSH_KEYS, int(identifier))
            return None
        if state.outputs.get("owned") is False:
            return Live(identifier, state.inputs, self._created(key, state.inputs).outputs)
        inputs: dict[str, Value] = dict(state.inputs) or {"publicKey": text_at(key, "key"), "shared": False}
        inputs["label"] = text_at(key, "label")
        if text_at(key, "notes") or "notes" in inputs:
            inputs["notes"] = text_at(key, "notes")
        return Live(identifier, inputs, self._created(key, inputs).outputs)

    async def update(
        self, session: Session, target: Target, identifier: str, old: State, news: Properties
    ) -> Properties:
        """Edit label and notes of a key of our own.

        Raises:
            ProviderError: Somebody deleted it from the account; nothing was changed.
        """
        if old.outputs.get("owned") is False:
            return {**old.outputs, "notes": None, **news}
        template = {"label": text(news, "label"), "notes": text(news, "notes")}
        try:
            await session.api.write(SERVICE, "editObject", template, id=int(identifier))
        except NotFoundError:
            raise ProviderError(
                f"SSH key {identifier} is not in the account any more: somebody deleted it. Nothing was "
                f"changed. Run {REFRESH}, then pulumi up, which registers it again; no server is touched."
            ) from None
        return {**old.outputs, "notes": None, **news}

    async def delete(self, session: Session, target: Target, identifier: str, old: State) -> None:
        """Delete it; one that is gone is fine, and one that is somebody else's is left alone."""
        if old.outputs.get("owned") is False:
            return
        try:
            await session.api.write(SERVICE, "deleteObject", id=int(identifier))
        except NotFoundError:
            return

    async def _find(self, session: Session, inputs: Properties) -> Record | None:
        body = key_body(inputs.get("publicKey"))
        keys = as_records(await session.api.read("Account", "getSshKeys", mask=MASK))
        same = [key for key in keys if key_body(text_at(key, "key")) == body]
        for key in same:
            if text_at(key, "label") == text(inputs, "label"):
                return key
        if same and flag(inputs, "shared"):
            return same[0]
        if same:
            raise InvalidInputError(
                "publicKey",
                f"is in the account already, as key {whole_at(same[0], 'id')} with the label "
                f"{text_at(same[0], 'label')!r}. Import it (pulumi import {self.token} NAME "
                f"{whole_at(same[0], 'id')}), set shared to use it as it is, or use another key.",
            )
        return None

    def _created(self, key: Record, inputs: Properties) -> Created:
        key_id = whole_at(key, "id")
        if key_id is None:
            raise ApiError(f"{SERVICE}: the answer has no id. Run the same command again.")
        outputs: dict[str, Value] = {
            **inputs,
            "keyId": key_id,
            "fingerprint": text_at(key, "fingerprint"),
            "owned": text_at(key, "label") == text(inputs, "label"),
        }
        return Created(str(key_id), outputs)
