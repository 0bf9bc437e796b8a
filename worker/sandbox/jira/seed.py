"""What a simulated Jira holds at its start. The keys of a seed, all optional, with their defaults:

    now: null                  the clock, ISO 8601 (null: the machine's); clock_rate: 0 (stands still) or more
    index_lag_s: 0             how long a search does not see a change, in seconds of the sandbox's clock
    users: [{login, account_id: "712020:LOGIN", name: LOGIN, display_name, email, active: true, type: atlassian,
             time_zone: Etc/UTC, admin: false}]          a plain login will do; type app for a service, or customer
    tokens: [{token, login, scoped: false, rights: write, expired: false}]
                               scoped ones work at the gateway alone; rights: read makes a read-only token
    cloud_id: a uuid           the site's id in the gateway's address, /ex/jira/CLOUD_ID/rest/api/3/…
    fields: [{id: customfield_10050, name, kind: string, options: [texts]}]       kinds: see fieldtypes.CUSTOM_KINDS
    sprints: [{name, state: future|active|closed, start, end}]    numbered from 1; an issue's field takes the number
    link_types: [{name, inward, outward}]     besides Blocks, Cloners, Duplicate and Relates
    priorities, resolutions: [names]
    workflows: {name: {statuses: [{name, category: new|indeterminate|done}],
                       transitions: [{id, name, from: [names] (none: from everywhere), to, screen: [field ids],
                                      required: [field ids], resolution: name ("" clears, none: stays)}]}}
                               besides basic, asking (closing asks for a resolution) and endless (no way to done)
    projects: see seed_projects
    hooks: [{url, secret, events: ["*"]}]
    limits: {burst_per_second: {GET: 100, POST: 100, PUT: 50, DELETE: 50}, issue_writes_per_30_s: 100,
             quota_per_hour: null}     the numbers are Jira's; what is not named is no limit

A user that is only mentioned as a member, author or token's login exists too. What a seed makes leaves no news and
costs no limit, and every search sees it at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from worker.sandbox.clock import SandboxClock
from worker.sandbox.errors import SandboxError
from worker.sandbox.jira.fieldtypes import CUSTOM_KINDS, SYSTEM
from worker.sandbox.jira.limits import Limits
from worker.sandbox.jira.model import FieldDef, Hook, LinkType, Named, Sprint, Token
from worker.sandbox.jira.people import account_of
from worker.sandbox.jira.seed_projects import Projects
from worker.sandbox.jira.store import Store
from worker.sandbox.jira.workflows import LINK_TYPES, PRIORITIES, RESOLUTIONS, WORKFLOWS
from worker.sandbox.seeds import Node, Seed, read_seed

METHODS = ("GET", "POST", "PUT", "DELETE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A seed, come to life."""

    store: Store
    limits: Limits
    index_lag: timedelta


def load(seed: Seed, clock: SandboxClock, *, cloud: bool) -> Loaded:
    """Build the store that a seed describes, and set the clock if it says so. Raises SandboxError with the place."""
    root = read_seed(Path(__file__).with_name("default_seed.yaml") if seed is None else seed, "jira")
    now = root.instant("now")
    rate = root.raw("clock_rate", 0)
    if isinstance(rate, bool) or not isinstance(rate, int | float):
        raise SandboxError(f"{root.where}.clock_rate: expected a number, got {rate!r}")
    if now is not None:
        clock.set(now, rate=rate)
    store = Store(clock, cloud=cloud)
    store.cloud_id = root.text("cloud_id", store.cloud_id)
    for node in root.items("users", "login"):
        _user(store, node)
    _site(store, root)
    Projects(store, _workflows(root)).load(root)
    for node in root.items("tokens"):
        _token(store, node)
    for node in root.items("hooks", "url"):
        number = store.next_id("hook", 1)
        events = frozenset(node.texts("events") or ("*",))
        store.hooks[number] = Hook(id=number, url=node.text("url"), secret=node.text("secret", ""), events=events)
        node.done()
    limits = _limits(root.child("limits"))
    lag = timedelta(seconds=root.number("index_lag_s", 0))
    root.done()
    return Loaded(store=store, limits=limits, index_lag=lag)


def _user(store: Store, node: Node) -> None:
    login = node.text("login")
    usual = account_of(store, login)
    account_of(
        store,
        login,
        account_id=node.text("account_id", usual.account_id),
        name=node.text("name", usual.name),
        display_name=node.text("display_name", usual.display_name),
        email=node.text("email", usual.email),
        active=node.flag("active", True),
        kind=node.one_of("type", ("atlassian", "app", "customer"), "atlassian"),
        time_zone=node.text("time_zone", "Etc/UTC"),
        admin=node.flag("admin"),
    )
    node.done()


def _site(store: Store, root: Node) -> None:
    """What belongs to the whole site: fields, priorities, resolutions, types of links."""
    for number, name in enumerate(root.texts("priorities") or PRIORITIES, 1):
        store.priorities[str(number)] = Named(id=str(number), name=name)
    for number, name in enumerate(root.texts("resolutions") or RESOLUTIONS, 10000):
        store.resolutions[str(number)] = Named(id=str(number), name=name, description=f"It ended as: {name}.")
    for number, (name, inward, outward) in enumerate(LINK_TYPES, 10000):
        store.link_types[str(number)] = LinkType(id=str(number), name=name, inward=inward, outward=outward)
    for node in root.items("link_types"):
        number = 10000 + len(store.link_types)
        name = node.text("name")
        words = {"inward": node.text("inward", name.lower()), "outward": node.text("outward", name.lower())}
        store.link_types[str(number)] = LinkType(id=str(number), name=name, **words)
        node.done()
    for name, title, kind in SYSTEM:
        store.fields[name] = FieldDef(id=name, name=title, kind=kind)
    for node in root.items("fields"):
        field_id = node.text("id")
        prefix, _, digits = field_id.rpartition("_")
        if prefix != "customfield" or not digits.isdecimal():
            raise SandboxError(f"{node.where}.id: {field_id!r} is not written customfield_10050")
        options = tuple(Named(id=str(store.next_id("option", 10100)), name=text) for text in node.texts("options"))
        kind = node.one_of("kind", tuple(CUSTOM_KINDS), "string")
        title = node.text("name", field_id)
        store.fields[field_id] = FieldDef(id=field_id, name=title, kind=kind, custom=True, options=options)
        node.done()

    for node in root.items("sprints", "name"):
        number = store.next_id("sprint", 1)
        state = node.one_of("state", ("future", "active", "closed"), "future")
        times = {"start": node.instant("start"), "end": node.instant("end")}
        store.sprints[number] = Sprint(id=number, name=node.text("name"), state=state, **times)
        node.done()


def _workflows(root: Node) -> dict[str, Node]:
    given = root.raw("workflows", {})
    if not isinstance(given, Mapping):
        raise SandboxError(f"{root.where}.workflows: expected a mapping of names")
    return {
        **{name: Node(raw, f"workflow {name}") for name, raw in WORKFLOWS.items()},
        **{str(name): Node(raw, f"{root.where}.workflows.{name}") for name, raw in given.items()},
    }


def _token(store: Store, node: Node) -> None:
    secret = node.text("token")
    if secret in store.tokens:
        raise SandboxError(f"{node.where}.token: is there twice")
    store.tokens[secret] = Token(
        secret=secret,
        account=account_of(store, node.text("login")),
        scoped=node.flag("scoped"),
        rights=node.one_of("rights", ("write", "read"), "write"),
        expired=node.flag("expired"),
    )
    node.done()


def _limits(node: Node) -> Limits:
    burst = node.child("burst_per_second")
    per_second = {method: burst.maybe_number(method, None) for method in METHODS}
    burst.done()
    limits = Limits(
        burst_per_second={method: limit for method, limit in per_second.items() if limit is not None},
        issue_writes_per_30_s=node.maybe_number("issue_writes_per_30_s", None),
        quota_per_hour=node.maybe_number("quota_per_hour", None),
    )
    node.done()
    return limits
