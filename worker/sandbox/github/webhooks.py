"""Tell the outside what happened: signed webhooks, sent from a thread of their own, in order, without retries.

Each delivery carries `X-GitHub-Event`, `X-GitHub-Delivery` and `X-Hub-Signature-256` over the raw body, as GitHub's
do. Faults may lose, double or reorder them. Every delivery is kept, so that it can be looked at and sent again with the
same delivery id, as GitHub's redelivery does.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass

from worker.sandbox import outbox
from worker.sandbox.clock import SandboxClock, stamp
from worker.sandbox.errors import SandboxError
from worker.sandbox.faults import Faults
from worker.sandbox.github.model import Account, Hook, Label, Milestone
from worker.sandbox.github.view_accounts import Json
from worker.sandbox.github.views import Views
from worker.sandbox.github.world import News
from worker.sandbox.outbox import Outbox, signature


@dataclass(slots=True, kw_only=True)
class Delivery(outbox.Delivery):
    """One webhook to one address, about an event's action."""

    action: str

    def as_json(self) -> Json:
        """Return the delivery, JSON-ready, without the secret."""
        return outbox.shown(self, json.loads(self.body), action=self.action)


def payload_of(news: News, views: Views) -> Json:
    """Return the body that GitHub sends for this news."""
    payload: Json = {"action": news.action}
    data = dict(news.data)
    if news.event == "sub_issues":
        parent, child = data.pop("parent"), data.pop("child")
        payload |= {"parent_issue_id": parent.id, "parent_issue": views.issue(parent)}
        payload |= {"sub_issue_id": child.id, "sub_issue": views.issue(child)}
        if news.action.startswith("sub_issue"):
            payload["sub_issue_repo"] = views.repo(child.repo)
        else:
            payload["parent_issue_repo"] = views.repo(parent.repo)
    if news.issue is not None:
        payload["issue"] = views.issue(news.issue)
    if news.comment is not None:
        payload["comment"] = views.comment(news.comment)
    if news.label is not None:
        payload["label"] = views.label(news.label)
    new_repo = data.pop("new_repo", None)
    if new_repo is not None and news.issue is not None:
        # Here, and only here, GitHub's description has no account under `organization`.
        there = {name: value for name, value in views.repo(new_repo).items() if name != "organization"}
        payload["changes"] = {"new_issue": views.issue(data.pop("new_issue")), "new_repository": there}
    for name, value in data.items():
        payload[name] = _shown(value, views)
    payload["repository"] = views.repo(news.repo)
    if news.repo.owner.type == "Organization":
        org = views.organization(news.repo.owner)
        names = ("login", "id", "node_id", "url", "repos_url", "events_url", "hooks_url", "issues_url", "members_url")
        payload["organization"] = {
            name: org[name] for name in (*names, "public_members_url", "avatar_url", "description")
        }
    payload["sender"] = views.user(news.actor.who)
    return payload


def _shown(value: object, views: Views) -> object:
    match value:
        case Account():
            return views.user(value)
        case Label():
            return views.label(value)
        case Milestone():
            return views.milestone(value)
        case _:
            return value


class Postman(Outbox[Delivery]):
    """Sends deliveries, one after the other, each once."""

    def __init__(self, clock: SandboxClock, faults: Faults) -> None:
        super().__init__("sandbox-webhooks", _send)
        self._clock = clock
        self._faults = faults

    def post(self, news: News, hooks: list[Hook], views: Views) -> None:
        """Put the news into the queue, for each hook that wants it."""
        wanting = [
            hook for hook in hooks if hook.active and hook.repo in {None, news.repo} and hook.events & {"*", news.event}
        ]
        if not wanting:
            return
        body = json.dumps(payload_of(news, views), ensure_ascii=False, separators=(",", ":")).encode()
        for hook in wanting:
            delivery = Delivery(
                id=str(uuid.uuid4()),
                hook=hook.id,
                url=hook.url,
                secret=hook.secret,
                event=news.event,
                action=news.action,
                body=body,
                time=stamp(self._clock.now()),
            )
            self.put(delivery, self._faults.for_webhook(f"{news.event}.{news.action}"))

    def redeliver(self, delivery_id: str) -> Delivery:
        """Send a former delivery again. Raises SandboxError where there is none of that id."""
        found = next((delivery for delivery in self.deliveries if delivery.id == delivery_id), None)
        if found is None:
            raise SandboxError(f"there is no delivery {delivery_id!r}")
        self.enqueue(found)
        return found


def _send(delivery: Delivery) -> None:
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/5a4db0c",
        "Accept": "*/*",
        "X-GitHub-Event": delivery.event,
        "X-GitHub-Delivery": delivery.id,
        "X-GitHub-Hook-ID": str(delivery.hook),
        "X-GitHub-Hook-Installation-Target-Type": "repository",
    }
    if delivery.secret:
        headers["X-Hub-Signature-256"] = signature(delivery.secret, delivery.body)
    outbox.send(delivery, headers)
