"""The REST API: every route that the sandbox answers, for both faces and both versions."""

from __future__ import annotations

from worker.sandbox.jira.rest import (
    accounts,
    catalog,
    comments,
    issues,
    links,
    meta,
    plans,
    properties,
    search,
    transitions,
)
from worker.sandbox.jira.rest.routes import Handler
from worker.sandbox.wire import Router

ROUTES: Router[Handler] = Router()
for _part in (search, meta, issues, comments, properties, links, transitions, accounts, catalog, plans):
    ROUTES.extend(_part.routes)
