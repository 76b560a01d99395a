"""The commands of `operate`, a file each: as many as there are, since each is found by its name."""
