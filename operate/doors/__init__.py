"""Front doors of a stack: their status, and the switch between colours."""
