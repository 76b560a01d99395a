"""A count with its noun, in the number that it has."""


def format_count(number: int, noun: str, plural: str = "") -> str:
    """Return a number and its noun, such as `1 image` and `2 images`.

    Args:
        number: Number of what is counted.
        noun: Noun in the singular.
        plural: Noun in the plural; "" is the noun with an s.
    """
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"
