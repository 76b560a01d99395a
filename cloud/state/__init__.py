"""The account's state: frozen records, kept in SQLite."""
