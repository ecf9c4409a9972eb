"""The command line: one module a verb, each with its arguments and what it does."""
