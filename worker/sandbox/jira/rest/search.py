"""Search by JQL: with tokens on Cloud, with `startAt` on Data Center; on both through an index that lags."""

from __future__ import annotations

import uuid
from typing import Any

from worker.sandbox.jira.context import Context, ok
from worker.sandbox.jira.errors import ApiError, bad
from worker.sandbox.jira.jql.evaluate import Asking, select
from worker.sandbox.jira.jql.parse import JqlError, Query, parse
from worker.sandbox.jira.model import Issue
from worker.sandbox.jira.rest.issues import names, shown
from worker.sandbox.jira.rest.routes import Handler, cloud_only
from worker.sandbox.wire import Reply, Router

routes: Router[Handler] = Router()

PAGE = 50
MOST_IDS, MOST_WITH_FIELDS, MOST_DATA_CENTER = 5000, 100, 1000
MOST_RECONCILED = 50
GONE = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline "
    "is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
)


@routes.on("GET", "/search/jql")
@cloud_only
def tokens_by_get(ctx: Context) -> Reply:
    """One page of a search on Cloud."""
    asked: dict[str, Any] = {name: ctx.words(name) for name in ("fields", "expand", "properties", "reconcileIssues")}
    asked |= {"jql": ctx.call.arg("jql"), "nextPageToken": ctx.call.arg("nextPageToken")}
    asked["maxResults"] = ctx.number("maxResults", PAGE)
    return _with_tokens(ctx, asked)


@routes.on("POST", "/search/jql")
@cloud_only
def tokens_by_post(ctx: Context) -> Reply:
    """The same, with a body."""
    return _with_tokens(ctx, ctx.payload())


def _with_tokens(ctx: Context, asked: dict[str, Any]) -> Reply:
    jql, token = str(asked.get("jql") or ""), str(asked.get("nextPageToken") or "")
    query = _parsed(jql)
    if query.where is None:
        raise bad("Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
    live = [int(number) for number in asked.get("reconcileIssues") or [] if str(number).isdecimal()]
    if len(live) > MOST_RECONCILED:
        raise bad(f"reconcileIssues takes at most {MOST_RECONCILED} ids.")
    fields, properties = names(asked.get("fields")), names(asked.get("properties"))
    expand = names(asked.get("expand"))
    only_ids = set(fields) <= {"id", "key"} and not properties and not expand
    size = min(_count(asked.get("maxResults"), PAGE), MOST_IDS if only_ids else MOST_WITH_FIELDS)
    found = _found(ctx, query, live)
    start = _start(ctx, token, jql, found)
    page = found[start : start + size]
    answer: dict[str, Any] = {"issues": [_as_asked(ctx, x, fields, expand, properties) for x in page]}
    if start + size < len(found) and page:
        answer["nextPageToken"] = _token_for(ctx, jql, [issue.id for issue in found[: start + size]])
    return ok(answer | {"isLast": "nextPageToken" not in answer})


def _as_asked(
    ctx: Context, issue: Issue, fields: list[str], expand: list[str], properties: list[str]
) -> dict[str, Any]:
    if not fields and not properties and not expand:
        return {"id": str(issue.id)}
    wanted = set(fields) - {"id", "key"}
    answer = shown(ctx, issue, sorted(wanted) or ["-*none"], expand, properties)
    if not wanted:
        answer["fields"] = {}
    return answer


def _token_for(ctx: Context, jql: str, given: list[int]) -> str:
    token = uuid.uuid4().hex
    ctx.pages.tokens[token] = (jql, given, len(given))
    return token


def _start(ctx: Context, token: str, jql: str, found: list[Issue]) -> int:
    """Where the page of a token begins: behind the last issue given out that is still among what is found."""
    if not token:
        return 0
    if token not in ctx.pages.tokens or ctx.pages.tokens[token][0] != jql:
        raise bad("The provided next page token is invalid or expired.")
    _, given, count = ctx.pages.tokens[token]
    at = {issue.id: index for index, issue in enumerate(found)}
    before = given[::-1]
    # What has moved to the end since then (its `updated` changed) does not take the page with it.
    place = next((at[number] for number in before if number in at and at[number] < count), None)
    return 0 if place is None else place + 1


@routes.on("POST", "/search/approximate-count")
@cloud_only
def count(ctx: Context) -> Reply:
    """How many issues there are, about."""
    query = _parsed(str(ctx.payload().get("jql") or ""))
    if query.where is None:
        raise bad("Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
    return ok({"count": len(_found(ctx, query))})


@routes.on("GET", "/search")
def numbered_by_get(ctx: Context) -> Reply:
    """One page of a search on Data Center; gone on Cloud."""
    asked: dict[str, Any] = {"jql": ctx.call.arg("jql"), "fields": ctx.words("fields"), "expand": ctx.words("expand")}
    asked |= {"startAt": ctx.number("startAt", 0), "maxResults": ctx.number("maxResults", PAGE)}
    return _numbered(ctx, asked)


@routes.on("POST", "/search")
def numbered_by_post(ctx: Context) -> Reply:
    """The same, with a body."""
    return _numbered(ctx, {} if ctx.cloud else ctx.payload())


def _numbered(ctx: Context, asked: dict[str, Any]) -> Reply:
    if ctx.cloud:
        raise ApiError(410, GONE)
    found = _found(ctx, _parsed(str(asked.get("jql") or "")))
    start, size = _count(asked.get("startAt"), 0), min(_count(asked.get("maxResults"), PAGE), MOST_DATA_CENTER)
    fields, expand = names(asked.get("fields")) or ["*navigable"], names(asked.get("expand"))
    page = [shown(ctx, issue, fields, expand) for issue in found[start : start + size]]
    total = len(found)
    return ok({"expand": "schema,names", "startAt": start, "maxResults": size, "total": total, "issues": page})


def _count(raw: object, default: int) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int):
        return default
    return max(raw, 0)


def _parsed(jql: str) -> Query:
    try:
        return parse(jql)
    except JqlError as error:
        raise bad(*map(str, error.args)) from error


def _found(ctx: Context, query: Query, live: list[int] | None = None) -> list[Issue]:
    """Return what the index holds; rights are those of now, also for what it shows of then."""
    asking = Asking(store=ctx.store, actor=ctx.actor, now=ctx.store.clock.now())
    try:
        return select(query, ctx.store.index.seen(ctx.store, ctx.index_lag, live or ()), asking)
    except JqlError as error:
        raise bad(*map(str, error.args)) from error
