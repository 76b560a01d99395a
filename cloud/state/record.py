"""What the account's state holds: records, each with an id of its own kind.

A class that derives from `Record` with a `first_id` is kept by the store, whatever module it is in.
"""


class Record:
    """A frozen dataclass with an id.

    Attributes:
        id: Unique among the records of its class.
    """

    id: int

    def __init_subclass__(cls, *, first_id: int | None = None) -> None:
        """Register a kind of records.

        Args:
            first_id: Number where its ids begin (choice): far from other kinds, so that a mixed-up id finds
                nothing instead of another's object. None for a base of several kinds.
        """
        if first_id is not None:
            KINDS[cls.__name__], FIRST_IDS[cls.__name__] = cls, first_id


KINDS: dict[str, type[Record]] = {}
"""The kinds of records, by name; a module that is imported may add some."""
FIRST_IDS: dict[str, int] = {}
"""Where the ids of a kind begin, by name."""
