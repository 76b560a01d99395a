"""Identifiers of resources as numbers of SoftLayer's records."""

from provider.errors import RefusedCallError


def record_number(digits: str, noun: str, identifier: str = "") -> int:
    """Return an identifier as the number of a record.

    Args:
        digits: Text that must be a whole number.
        noun: Noun for what it identifies, for the message.
        identifier: The whole of it, where the digits are a part; "" where they are all.

    Raises:
        RefusedCallError: The identifier is no whole number.
    """
    try:
        return int(digits)
    except ValueError:
        raise RefusedCallError(
            f"{identifier or digits!r} is no id of a {noun}: a whole number is needed."
        ) from None
