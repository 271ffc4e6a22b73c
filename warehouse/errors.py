"""The errors that end a command with one clear line."""


class AftercloseError(Exception):
    """A run failed; the message says what, which symbol or file, and what to do. Exit code 1."""

    exit_code = 1


class UsageError(AftercloseError):
    """The command or a setting asks for something that cannot be. Exit code 2."""

    exit_code = 2
