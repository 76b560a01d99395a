"""Which front door takes the place of which, and what that is in the stack file; pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from operate.stack.config.servers_setting import Servers, set_front_doors
from operate.stack.config.setting_keys import MOVE, RETIRING_DOORS, SERVERS


@dataclass(frozen=True)
class DoorMove:
    """A move.

    Attributes:
        source: Server whose front door is left, DATACENTER-NAME.
        target: Server whose front door takes its place.
        builds: Whether the target has no front door before.
        new_address: Whether clients must be given another address, which nobody but the operator can do.
    """

    source: str
    target: str
    builds: bool = True
    new_address: bool = False

    @property
    def return_command(self) -> str:
        """Command that moves the registry back once this has ended, without `operate`; ENV is the stack."""
        return f"move ENV --to {self.source}"

    def settings_with_both(self, servers: Servers) -> Mapping[str, object]:
        """Return the settings with which both have a front door, and which note the move."""
        return {
            SERVERS: set_front_doors(servers, {self.source: True, self.target: True}),
            RETIRING_DOORS: [self.source],
            MOVE: self.note(is_switched=False),
        }

    def note(self, *, is_switched: bool) -> Mapping[str, object]:
        """Return the stack file's note, from which a login knows the front door that clients use.

        Args:
            is_switched: Whether clients use the target, or are to be given its address.
        """
        return {"from": self.source, "to": self.target, "switched": is_switched}

    def settings_after_move(self, servers: Servers) -> Mapping[str, object]:
        """Return the settings with which the target has the front door, and the source stands by."""
        return {
            SERVERS: set_front_doors(servers, {self.source: False, self.target: True}),
            RETIRING_DOORS: [self.source],
            MOVE: None,
        }

    def settings_before_move(self, servers: Servers) -> Mapping[str, object]:
        """Return the settings as before the move; a front door that the move built is taken out."""
        doors = {self.source: True, self.target: False} if self.builds else {}
        return {
            SERVERS: set_front_doors(servers, doors),
            RETIRING_DOORS: [self.target] if self.builds else [],
            MOVE: None,
        }
