"""The sandbox's own endpoints, `/_sandbox/…`, the same for every simulated tracker.

    GET  /_sandbox/state               everything the tracker holds
    GET  /_sandbox/requests[?after=N]  every request, oldest first, with status, time, user, and whether it wrote
    POST /_sandbox/reset               back to the seed: state, clock, faults and log
    GET, POST, DELETE /_sandbox/faults   the rules in force; a list (or {"faults": [...]}) replaces them
    GET, POST /_sandbox/clock          {"now": ISO, "rate": 0} sets, {"advance": SECONDS} moves, {"now": null} frees it

What only one tracker has (GitHub: hooks, deliveries, redeliver) is answered by its site. These requests are not part of
the log, cost no rate limit, need no token, and are answered on loopback only.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from worker.sandbox.clock import SandboxClock, parse_instant, stamp
from worker.sandbox.errors import SandboxError
from worker.sandbox.journal import as_json
from worker.sandbox.server import Front, Site


def build_app(front: Front) -> Starlette:
    """Return the application that serves one site and its control endpoints."""
    site = front.site

    async def control(request: Request) -> Response:
        name = request.path_params["name"]
        try:
            payload = await _payload(request)
            with site.lock:
                answer = _control(site, request.method, name, payload, request.query_params.get("after", "0"))
        except LookupError:
            return JSONResponse({"error": f"there is no {request.method} /_sandbox/{name}"}, status_code=404)
        except SandboxError as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse(answer)

    return Starlette(
        routes=[
            Route("/_sandbox/{name}", control, methods=["GET", "POST", "DELETE"]),
            Mount("/", app=front),
        ]
    )


async def _payload(request: Request) -> Any:
    body = await request.body()
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError as error:
        raise SandboxError(f"the body is not JSON: {error}") from error


def _control(site: Site, method: str, name: str, payload: Any, after: str) -> object:
    match method, name:
        case "GET", "state":
            return site.state()
        case "GET", "requests":
            if not after.isdecimal():
                raise SandboxError(f"after={after!r} is no number of a request")
            return as_json(site.journal.entries(int(after)))
        case "POST", "reset":
            site.reset()
            return {"reset": True}
        case "GET", "faults":
            return [rule.as_json() for rule in site.faults.rules]
        case "POST", "faults":
            if isinstance(payload, str):
                raise SandboxError("faults: a file is given to the command that starts the sandbox, not here")
            site.faults.replace(payload if payload is not None else [])
            return [rule.as_json() for rule in site.faults.rules]
        case "DELETE", "faults":
            site.faults.clear()
            return []
        case "GET", "clock":
            return {"now": stamp(site.clock.now())}
        case "POST", "clock":
            _set_clock(site.clock, payload)
            return {"now": stamp(site.clock.now())}
        case _:
            return site.control(method, name, payload)


def _set_clock(clock: SandboxClock, payload: Any) -> None:
    if not isinstance(payload, dict) or not payload.keys() & {"now", "advance"}:
        raise SandboxError('the clock takes {"now": "2026-11-03T09:00:00Z", "rate": 0} or {"advance": SECONDS}')
    if "advance" in payload:
        clock.advance(timedelta(seconds=_number(payload["advance"], "advance")))
    elif payload["now"] is None:
        clock.free()
    else:
        clock.set(parse_instant(payload["now"]), rate=_number(payload.get("rate", 0), "rate"))


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SandboxError(f"{name}: expected a number, got {value!r}")
    return float(value)
