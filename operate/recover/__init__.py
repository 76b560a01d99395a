"""Brings a stack back whose servers are lost."""
