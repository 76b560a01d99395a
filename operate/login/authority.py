"""A registry's authority in the place where a client looks for it, never in the system's trust."""

from contextlib import suppress
from pathlib import Path

from operate.error import OperateError


def install_authority(file: Path, authority: str) -> None:
    """Write an authority.

    Args:
        file: where the client looks; its folder is made.
        authority: PEM; "" where the registry's certificate is of an authority that everybody knows.

    Raises:
        OperateError: the place cannot be written.
    """
    if not authority:
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(authority)
    except OSError as error:
        raise OperateError(
            f"{file}: cannot be written ({type(error).__name__}); run the same command by sudo -E"
        ) from None


def remove_authority(file: Path) -> None:
    """Take an authority away, and its registry's folder where nothing else is in it.

    Raises:
        OperateError: the place cannot be written.
    """
    try:
        file.unlink(missing_ok=True)
        with suppress(OSError):  # others' files are in it, or it was never there
            file.parent.rmdir()
    except OSError as error:
        raise OperateError(
            f"{file}: cannot be removed ({type(error).__name__}); run the same command by sudo -E"
        ) from None
