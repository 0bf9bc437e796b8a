"""The errors that a person who starts or steers the sandbox meets. None of them ever crosses the simulated API."""

from __future__ import annotations


class SandboxError(Exception):
    """The sandbox cannot start, or was told something it cannot do. The message says what, where, and what to do."""
