"""The v2 end of a migration: images as the new registry takes them, and the requests that put them there."""
