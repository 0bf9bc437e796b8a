"""What a handler of a request is, and which face it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from worker.sandbox.jira.context import Context
from worker.sandbox.jira.errors import ApiError
from worker.sandbox.wire import Reply

Handler = Callable[..., Reply]


def cloud_only(handler: Handler) -> Handler:
    """Answer 404 on Data Center: there is no such address."""

    @wraps(handler)
    def guarded(ctx: Context, **parts: str) -> Reply:
        if not ctx.cloud:
            raise ApiError(404, "null for uri")
        return handler(ctx, **parts)

    return guarded
