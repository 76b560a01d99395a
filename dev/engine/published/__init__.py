"""The published Pulumi: one that is installed already, or the pinned release, which is downloaded."""
