"""Brings a stack back whose servers are gone."""
