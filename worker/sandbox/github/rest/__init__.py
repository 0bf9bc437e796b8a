"""GitHub's REST API, one module a subject. Each module fills a router; `ROUTES` is all of them."""

from __future__ import annotations

from collections.abc import Callable

from worker.sandbox.github.rest import (
    apps,
    catalog,
    code,
    comments,
    dependencies,
    files,
    issues,
    places,
    sub_issues,
    teams,
)
from worker.sandbox.wire import Reply, Router

ROUTES: Router[Callable[..., Reply]] = Router()
for part in (comments, issues, sub_issues, catalog, code, dependencies, apps, teams, files, places):
    ROUTES.extend(part.routes)
