"""Order tokens: the eight characters that make a server's order findable before its id is known.

`token = base32(sha256(orderScope | urn | predecessor's token))[:8]`, so that the same resource, tried again
after any crash, searches for the same server, and its replacement for another.

What the engine (pkg/v3 v3.259.0, resource/deploy/step_generator.go) calls, and hence what is remembered here:

- Fresh create, and a create tried again after a kill: one Check without olds. No predecessor: the first
  token.
- A resource in the state (also one whose create failed with its id kept): Check with olds = its inputs, then
  Diff. The token is carried over; both calls tell which token the state holds.
- Replacement by diff, replacement trigger, replaceWith or changed provider: Check with olds as above, Diff
  (in the first case only), then Check again **without olds**: the successor of the token just remembered.
  After a kill the same calls come again with the same olds, so the same successor: the order already placed
  is found.
- Delete before replace: the same, with Delete before Create. When the old one is gone and the program is
  killed, the state keeps it as pending replacement: Check with olds, Diff, Check without: the same successor.
- A dependent deleted because what it depends on is replaced that way: only Diff and Delete come with its
  old state, then one Check without olds. Diff and Delete are therefore remembered like Check.
- The same dependent when its own diff was already under way: the engine creates the replacement from the
  **first** Check's inputs, that is with the old token. A token whose server was deleted by this process is
  spent: Create takes its successor, which is what the retry after a kill will ask for as well.
- `--replace URN` and `pulumi state taint`: one Check without olds and no Diff, exactly like a fresh create:
  the first token, though its server is in the state. Nothing in the protocol tells this from a create tried
  again after a lost run: not even that the engine closed the plugin in good order, which it also does when
  its write of the state failed. So the server found is adopted, and if the engine then asks to delete it as
  the replaced one, which proves that its state holds it, the provider declines once, says so, and marks the
  server as delivered: Create passes on to the successor of a token whose server bears that mark, so the same
  command replaces it the next time. Nothing is lost or doubled.

Preview and update are separate processes and call the same, except that a preview never orders.
"""

import base64
import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

LENGTH = 8
"""Characters of base32: 40 bits (choice)."""
_GENERATIONS = 64
"""Replacements of one resource of which the tokens are known again (choice)."""


def order_token(scope: str, urn: str, predecessor: str) -> str:
    """Return the token of the server that follows `predecessor` ("" for none) for this resource."""
    digest = hashlib.sha256(f"{scope}|{urn}|{predecessor}".encode()).digest()
    return base64.b32encode(digest).decode().lower()[:LENGTH]


@dataclass
class TokenLedger:
    """What this process has learnt about tokens; see the module's text for why.

    Attributes:
        scope: The provider's order scope.
    """

    scope: str
    _in_state: dict[str, str] = field(default_factory=dict)
    _spent: set[tuple[str, str]] = field(default_factory=set)
    _adopted: dict[str, str] = field(default_factory=dict)
    _created: set[str] = field(default_factory=set)

    def in_state(self, urn: str, token: str) -> None:
        """Record that the state of this resource holds this token, as the engine has shown."""
        self._in_state[urn] = token
        self._adopted.pop(urn, None)

    def for_new(self, urn: str) -> str:
        """Return the token for a server that the engine means to create."""
        return order_token(self.scope, urn, self._in_state.get(urn, ""))

    def successor(self, urn: str, token: str) -> str:
        """Return the token that follows this one."""
        return order_token(self.scope, urn, token)

    def deleted(self, urn: str, token: str) -> None:
        """Record that this process deleted the server of this token: the token is spent."""
        self._in_state[urn] = token
        self._spent.add((urn, token))

    def unspent(self, urn: str, token: str) -> str:
        """Return the token itself, or the first of its successors that is not spent."""
        while (urn, token) in self._spent:
            token = self.successor(urn, token)
        return token

    def adopted(self, urn: str, identifier: str) -> None:
        """Create found this ready made, a server not marked as delivered."""
        self._adopted[urn] = identifier

    def deletes_its_own(self, urn: str, identifier: str) -> bool:
        """Return whether Delete is for the very thing that Create adopted a moment ago (`--replace`)."""
        return self._adopted.get(urn) == identifier

    def created(self, urn: str) -> None:
        """Record that this process creates this resource, or is about to: a change replaces it."""
        self._created.add(urn)

    def is_created(self, urn: str) -> bool:
        """Return whether what this process deletes of this resource is replaced by it."""
        return urn in self._created

    def is_derived_token(self, urn: str, token: str) -> bool:
        """Return whether the token is one this resource could have been given in its first generations."""
        return token in self._first_tokens(urn)

    def replacement_tokens(self, urn: str, token: str) -> tuple[str, ...]:
        """Return the tokens under which a `--replace` may have ordered while the state holds this one.

        Those before it are free once more when their servers are gone, and a `--replace` begins at the first.

        Args:
            urn: The resource.
            token: Token that its state holds.
        """
        following = self.successor(urn, token)
        if not self.is_derived_token(urn, token):
            return order_token(self.scope, urn, ""), following
        earlier = itertools.takewhile(lambda candidate: candidate != token, self._first_tokens(urn))
        return *earlier, following

    def _first_tokens(self, urn: str) -> Iterator[str]:
        current = ""
        for _ in range(_GENERATIONS):
            current = order_token(self.scope, urn, current)
            yield current
