"""Settings that commands write are known to the program, which refuses any other key."""

from operate.stack.config import setting_keys
from settings.keys.unknown_keys import KNOWN_KEYS


def test_the_program_knows_each_written_key() -> None:
    written = {value for name, value in vars(setting_keys).items() if name.isupper()}
    assert len(written) > 1
    assert written <= KNOWN_KEYS
