"""Replaces a key of a stack by another one."""
