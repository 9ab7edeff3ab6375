"""Errors a person can act on: what, which file, what to do next; each knows its exit code."""


class PrecedentError(Exception):
    """A sentence to a colleague; the doors print it and exit with its code."""

    code = 1


class UsageError(PrecedentError):
    """The command was called with something that cannot be meant."""

    code = 2


class IndexUnusable(PrecedentError):
    """The index is missing, damaged, newer than the program or built with another model."""

    code = 3


class Locked(PrecedentError):
    """Another process is writing the same index."""

    code = 4
