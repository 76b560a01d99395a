"""Commands that ask an account without an engine: each a program with JSON on standard input and output."""
