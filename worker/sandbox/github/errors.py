"""The answers of GitHub that are errors, in its words, so that a client's tests of message and shape hold here too."""

from __future__ import annotations

import json
from typing import Any

from worker.sandbox.wire import Reply, reply_json

DOCS = "https://docs.github.com/rest"


class ApiError(Exception):
    """An error answer. `kind` is the GraphQL error type that goes with it."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: list[dict[str, Any]] | None = None,
        kind: str = "",
        headers: dict[str, str] | None = None,
        docs: str = DOCS,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors
        self.kind = kind or {401: "FORBIDDEN", 403: "FORBIDDEN", 404: "NOT_FOUND"}.get(status, "UNPROCESSABLE")
        self.headers = headers or {}
        self.docs = docs
        self.extra = extra or {}

    def reply(self) -> Reply:
        """Return the REST answer."""
        body: dict[str, Any] = {"message": self.message, **self.extra}
        if self.errors is not None:
            body["errors"] = self.errors
        body["documentation_url"] = self.docs
        body["status"] = str(self.status)
        return reply_json(body, self.status, self.headers)


def not_found() -> ApiError:
    """There is no such thing, or it is invisible to the caller: GitHub says the same for both."""
    return ApiError(404, "Not Found")


def gone(message: str = "This issue was deleted") -> ApiError:
    """It was here, and is not any more."""
    return ApiError(410, message, docs=f"{DOCS}/issues/issues#get-an-issue")


def bad_credentials() -> ApiError:
    """The token is unknown or expired."""
    return ApiError(401, "Bad credentials")


def forbidden(message: str = "Must have admin rights to Repository.") -> ApiError:
    """The caller sees the thing and may not do this to it."""
    return ApiError(403, message)


def invalid(resource: str, field: str, code: str = "invalid", **more: Any) -> ApiError:
    """A value that fails validation: `Validation Failed` with one error."""
    error = {**more, "resource": resource, "field": field, "code": code}
    return ApiError(422, "Validation Failed", errors=[error])


def unprocessable(message: str) -> ApiError:
    """A request that is well formed and still impossible."""
    return ApiError(422, message)


def wrong_type(field: str, value: object, wanted: str) -> ApiError:
    """A JSON value of the wrong type."""
    return ApiError(422, f"Invalid request.\n\nFor 'properties/{field}', {json.dumps(value)} is not {wanted}.")
