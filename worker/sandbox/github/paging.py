"""Cut a list into pages and say where the next one is, in the `Link` header as GitHub writes it.

Most lists are paged by number. Lists of issues are paged by a cursor (`after`), as GitHub does since 2025, so that a
client that computes pages instead of following `Link` is found out; `page` alone still works on them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TypeVar
from urllib.parse import urlencode

from worker.sandbox.github.context import Context
from worker.sandbox.github.errors import ApiError
from worker.sandbox.wire import Reply, reply_json

T = TypeVar("T")


def per_page(ctx: Context) -> int:
    """Return the page size that the caller asked for: 1 to 100, 30 unless told."""
    raw = ctx.call.arg("per_page", "30")
    size = int(raw) if raw.isdecimal() else 30
    return min(max(size, 1), 100) if size else 30


def page_number(ctx: Context) -> int:
    """Return the page that the caller asked for, from 1."""
    raw = ctx.call.arg("page", "1")
    return max(int(raw), 1) if raw.isdecimal() else 1


def numbered(ctx: Context, items: Sequence[T], render: Callable[[T], object], wrap: str = "") -> Reply:
    """Answer with one page of a list; `wrap` puts it into `{total_count, WRAP: [...]}`."""
    size, page = per_page(ctx), page_number(ctx)
    last = max((len(items) + size - 1) // size, 1)
    shown: object = [render(item) for item in items[(page - 1) * size : page * size]]
    if wrap:
        shown = {"total_count": len(items), wrap: shown}
    links = []
    if page > 1:
        links += [("prev", min(page - 1, last))]
    if page < last:
        links += [("next", page + 1), ("last", last)]
    if page > 1:
        links += [("first", 1)]
    return reply_json(shown, headers=_link(ctx, [(rel, {"page": str(number)}) for rel, number in links]))


def by_cursor(
    ctx: Context,
    items: Iterable[T],
    key: Callable[[T], tuple[int, int]],
    render: Callable[[T], object],
    *,
    down: bool,
) -> Reply:
    """Answer with one page of a lazily filtered list of issues, with a cursor to the next.

    The cursor is the sort key of the last item shown, not a position: an item that moves to the end between two pages
    is shown again there, and none is skipped.
    """
    size, page = per_page(ctx), page_number(ctx)
    after = ctx.call.arg("after")
    if after:
        stop = _read_cursor(after)
        stream: Iterable[T] = (item for item in items if (key(item) < stop if down else key(item) > stop))
    else:
        stream = islice(items, (page - 1) * size, None)
    found = list(islice(stream, size + 1))
    more, found = len(found) > size, found[:size]
    links = []
    if more:
        links.append(("next", {"after": _cursor(key(found[-1])), "page": str(page + 1)}))
    return reply_json([render(item) for item in found], headers=_link(ctx, links))


def _link(ctx: Context, links: Sequence[tuple[str, dict[str, str]]]) -> dict[str, str]:
    if not links:
        return {}
    kept = [(name, value) for name, value in ctx.call.query if name not in {"page", "after"}]
    url = f"{ctx.call.base}{ctx.call.path}"
    return {"link": ", ".join(f'<{url}?{urlencode([*kept, *more.items()])}>; rel="{rel}"' for rel, more in links)}


def _cursor(key: tuple[int, int]) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _read_cursor(text: str) -> tuple[int, int]:
    try:
        first, second = json.loads(base64.urlsafe_b64decode(text))
        return int(first), int(second)
    except (ValueError, TypeError) as error:
        raise ApiError(422, "Pagination with the cursor given is not possible") from error
