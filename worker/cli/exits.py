"""Say what each exit code means, and how a command ends with one.

The codes are a contract with scripts; they never change their meaning.
"""

from __future__ import annotations

OK = 0
FAILED = 1
USAGE = 2
PENDING = 3
REFUSED = 4
INTERRUPTED = 130


class Stop(Exception):
    """End the command: `message` goes to standard error (nothing if empty), `code` is the exit code."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
