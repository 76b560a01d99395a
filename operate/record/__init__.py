"""How far an operation is: the records of swaps and moves, the notes of rotations, and what comes next."""
