"""Check and Diff of resources whose inputs a table describes completely."""

from typing import ClassVar

from provider.resources.contract import Change, Checked, State
from provider.resources.fields import Field, check_fields, diff_fields
from provider.session import Session
from provider.values import Properties


class ByTable:
    """The part of a handler that its table decides; see `provider.resources.contract.Resource`.

    Attributes:
        fields: The inputs.
        secret_outputs: Outputs that are secrets whatever the inputs were.
    """

    fields: ClassVar[tuple[Field, ...]]
    secret_outputs: frozenset[str] = frozenset()

    def check(self, session: Session, urn: str, olds: Properties, news: Properties) -> Checked:
        """Check the inputs by the table."""
        return check_fields(self.fields, news)

    def diff(self, session: Session, urn: str, old: State, news: Properties) -> tuple[Change, ...]:
        """Compare the inputs by the table."""
        return diff_fields(self.fields, old.inputs, old.outputs, news)
