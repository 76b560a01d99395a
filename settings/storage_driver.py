"""Which storage driver Docker is to have."""

from typing import Literal

StorageDriverChoice = Literal["auto", "aufs", "overlay2", "devicemapper"]
