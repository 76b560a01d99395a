"""`softlayer:index:RandomSecret`: random bytes that are nowhere but in the stack's state.

Nothing in the account corresponds to it, so that nobody who has a key of the account can read it there.
"""

import secrets
import uuid

from provider.errors import ProviderError
from provider.resources.by_table import ByTable
from provider.resources.contract import Created, Live, State, Target
from provider.resources.fields import Field
from provider.session import Session
from provider.values import UNKNOWN, Properties, text

BYTES = 32

FIELDS: tuple[Field, ...] = ()


class RandomSecret(ByTable):
    """The handler; see `provider.resources.contract.Resource`."""

    token = "softlayer:index:RandomSecret"  # noqa: S105 - a type token
    fields = FIELDS
    secret_outputs = frozenset({"hex"})

    def preview(self, inputs: Properties, outputs: Properties | None) -> Properties:
        """Unknown until created."""
        return {"hex": UNKNOWN if outputs is None else outputs.get("hex")}

    async def create(self, session: Session, target: Target, inputs: Properties) -> Created:
        """Draw it from the operating system's source."""
        drawn = secrets.token_hex(BYTES)
        session.redactor.register_secret(drawn)
        return Created(str(uuid.uuid4()), {"hex": drawn})

    async def read(self, session: Session, target: Target, identifier: str, state: State) -> Live | None:
        """Return what the state holds, since nothing else does.

        Raises:
            ProviderError: The read is an import; the secret is in its own stack's state alone.
        """
        if not text(state.outputs, "hex"):
            raise ProviderError(
                f"{identifier}: a random secret cannot be imported, since it is in its stack's state alone. "
                "Let a new one be made, or give the program the secret as configuration."
            )
        return Live(identifier, state.inputs, state.outputs)

    async def update(
        self, session: Session, target: Target, identifier: str, old: State, news: Properties
    ) -> Properties:
        """It has no input that could change."""
        return old.outputs

    async def delete(self, session: Session, target: Target, identifier: str, old: State) -> None:
        """It goes with the state."""
