"""A registry's authority in the place where a client looks for it, never in the system's trust."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from operate.error import OperateError


@contextmanager
def authority_of_login(file: Path, authority: str) -> Iterator[None]:
    """Install an authority while a client logs in; where that fails, all is as it was before.

    Args:
        file: File in which the client looks; its folder is made.
        authority: PEM; "" where the registry's certificate is of an authority that everybody knows.

    Raises:
        OperateError: The place cannot be written.
    """
    before = _read(file)
    new_folders = [folder for folder in file.parents if not folder.exists()]
    try:
        install_authority(file, authority)
        yield
    except BaseException:
        with suppress(OSError):
            _put_back(file, before, new_folders)
        raise


def install_authority(file: Path, authority: str) -> None:
    """Write an authority.

    Args:
        file: File in which the client looks; its folder is made.
        authority: PEM; "" where the registry's certificate is of an authority that everybody knows.

    Raises:
        OperateError: The place cannot be written.
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
        OperateError: The place cannot be written.
    """
    try:
        file.unlink(missing_ok=True)
        with suppress(OSError):  # others' files are in it, or it was never there
            file.parent.rmdir()
    except OSError as error:
        raise OperateError(
            f"{file}: cannot be removed ({type(error).__name__}); run the same command by sudo -E"
        ) from None


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None


def _put_back(file: Path, before: bytes | None, new_folders: list[Path]) -> None:
    """Restore a file, or remove it with the folders that were made for it, the innermost first."""
    if before is not None:
        file.write_bytes(before)
        return
    with suppress(OSError):
        file.unlink()
    for folder in new_folders:
        folder.rmdir()
