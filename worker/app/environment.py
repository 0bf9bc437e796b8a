"""What does the environment say? Secrets and a few overrides, each also as `NAME_FILE`, which names a file to read.

Values are never quoted in a problem.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from worker.app.problems import Problem

PLACE = "environment"
_MOST_BYTES = 100_000


class Environment:
    """Reads variables and gathers what is wrong with them. An empty variable counts as absent."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self.problems: list[Problem] = []
        self.secrets: set[str] = set()

    def complain(self, message: str) -> None:
        self.problems.append(Problem(PLACE, 0, 0, message))

    def text(self, name: str) -> str:
        """A variable that is no secret, without surrounding white space; "" where absent."""
        return self._env.get(name, "").strip()

    def secret(self, name: str) -> str:
        """A secret, from NAME or from the file that NAME_FILE names; "" where absent."""
        value, file = self._env.get(name, "").strip(), self._env.get(f"{name}_FILE", "").strip()
        if value and file:
            self.complain(f"{name} and {name}_FILE are both set; keep one")
        elif file:
            value = self._read(name, Path(file))
        if value:
            self.secrets.add(value)
        return value

    def _read(self, name: str, path: Path) -> str:
        try:
            content = path.read_bytes()[: _MOST_BYTES + 1]
        except OSError as err:
            self.complain(f"{name}_FILE names {path}, which can't be read: {err.strerror}")
            return ""
        if len(content) > _MOST_BYTES:
            self.complain(f"{name}_FILE names {path}, which is too large for a secret")
            return ""
        try:
            text = content.decode("utf-8-sig").strip()
        except UnicodeDecodeError:
            self.complain(f"{name}_FILE names {path}, which is not UTF-8 text")
            return ""
        if not text:
            self.complain(f"{name}_FILE names {path}, which is empty")
        return text

    def url(self, name: str, schemes: tuple[str, ...], *, secret: bool) -> str:
        """A URL of one of these schemes; "" where absent or wrong."""
        value = self.secret(name) if secret else self.text(name)
        if value and not any(value.startswith(f"{scheme}://") and len(value) > len(scheme) + 3 for scheme in schemes):
            self.complain(f"{name} must begin with {' or '.join(f'{s}://' for s in schemes)}")
            return ""
        return value

    def number(self, name: str, lowest: int, highest: int) -> int | None:
        """A whole number within bounds; None where absent or wrong."""
        value = self.text(name)
        if not value:
            return None
        if not (value.isascii() and value.isdigit() and lowest <= int(value[:12]) <= highest):
            self.complain(f"{name} must be a whole number from {lowest} to {highest}")
            return None
        return int(value)
