"""The answers of Jira that are errors, in its words, so that a client's tests of message and shape hold here too."""

from __future__ import annotations

from collections.abc import Mapping

from worker.sandbox.wire import Reply, reply_json

NO_ISSUE = "Issue does not exist or you do not have permission to see it."


class ApiError(Exception):
    """An error answer: `messages` about the request as a whole, `errors` by field."""

    def __init__(
        self,
        status: int,
        *messages: str,
        errors: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__("; ".join(messages) or str(errors))
        self.status = status
        self.messages = messages
        self.errors = dict(errors or {})
        self.headers = dict(headers or {})

    def reply(self) -> Reply:
        """Return the answer."""
        body = {"errorMessages": list(self.messages), "errors": self.errors}
        return reply_json(body, self.status, self.headers)


def no_issue() -> ApiError:
    """There is no such issue, or it is invisible to the caller: Jira says the same for both."""
    return ApiError(404, NO_ISSUE)


def no_project(key: str) -> ApiError:
    """There is no such project, or it is invisible to the caller."""
    return ApiError(404, f"No project could be found with key '{key}'.")


def bad(*messages: str, **errors: str) -> ApiError:
    """A request that is not valid: 400 with messages, and texts by field."""
    return ApiError(400, *messages, errors=errors)


def forbidden(message: str) -> ApiError:
    """The caller sees the thing and may not do this to it."""
    return ApiError(403, message)


def off_screen(field: str) -> str:
    """What is said of a field that the screen does not have."""
    return f"Field '{field}' cannot be set. It is not on the appropriate screen, or unknown."
