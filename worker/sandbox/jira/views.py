"""How does Jira show its things? Every record as JSON, for one caller, one version of the API and one face."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from worker.sandbox.jira import plans
from worker.sandbox.jira.access import sees
from worker.sandbox.jira.model import (
    CATEGORIES,
    Account,
    Actor,
    Change,
    Comment,
    FieldDef,
    Issue,
    IssueType,
    Link,
    LinkType,
    Named,
    Project,
    RemoteLink,
    Sprint,
    Status,
    Version,
)
from worker.sandbox.jira.richtext import Rich
from worker.sandbox.jira.store import Store

Json = dict[str, Any]

ISSUE_EXPAND = "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations"
BRIEF = ("summary", "status", "priority", "issuetype")
SIZES = (48, 24, 16, 32)


def moment(at: datetime, zone: str = "Etc/UTC") -> str:
    """Return an instant as Jira writes it: `2026-11-03T10:00:00.000+0100`, in the caller's zone."""
    local = at.astimezone(ZoneInfo(zone))
    return local.strftime("%Y-%m-%dT%H:%M:%S.") + f"{local.microsecond // 1000:03d}" + local.strftime("%z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """The way out. `base` ends with the version (`…/rest/api/3`), `root` is the site's own address."""

    store: Store
    actor: Actor
    base: str
    root: str
    documents: bool

    @property
    def cloud(self) -> bool:
        """Whether this is the face of Cloud."""
        return self.store.cloud

    def when(self, at: datetime | None) -> str | None:
        """An instant, or null, in the caller's zone."""
        zone = self.actor.account.time_zone if self.actor.account else "Etc/UTC"
        return moment(at, zone) if at else None

    def user(self, account: Account) -> Json:
        """A person, as they stand inside of other things."""
        avatars = {f"{size}x{size}": f"{self.root}/avatar/{account.id}/{size}.png" for size in SIZES}
        if self.cloud:
            number = quote(account.account_id, safe="")
            shown: Json = {"self": f"{self.base}/user?accountId={number}", "accountId": account.account_id}
            if account.kind == "atlassian" and account is self.actor.account:
                shown["emailAddress"] = account.email
            return shown | {
                "avatarUrls": avatars,
                "displayName": account.display_name,
                "active": account.active,
                "timeZone": account.time_zone,
                "accountType": account.kind,
            }
        return {
            "self": f"{self.base}/user?username={quote(account.name, safe='')}",
            "name": account.name,
            "key": account.key,
            "emailAddress": account.email,
            "avatarUrls": avatars,
            "displayName": account.display_name,
            "active": account.active,
            "timeZone": account.time_zone,
        }

    def whole_user(self, account: Account) -> Json:
        """A person, as `myself` and `user` show them."""
        groups = {"size": 0, "items": []}
        shown = self.user(account) | {"locale": "en_US", "groups": groups, "applicationRoles": {"size": 0, "items": []}}
        if not self.cloud:
            shown["deleted"] = False
        return shown | {"expand": "groups,applicationRoles"}

    def status(self, status: Status) -> Json:
        """A status with its category."""
        number, name, color = CATEGORIES[status.category]
        shown: Json = {
            "self": f"{self.base}/status/{status.id}",
            "description": "",
            "iconUrl": f"{self.root}/images/icons/statuses/generic.png",
            "name": status.name,
            "id": status.id,
            "statusCategory": {
                "self": f"{self.base}/statuscategory/{number}",
                "id": number,
                "key": status.category,
                "colorName": color,
                "name": name,
            },
        }
        return shown | self._scope(status.project)

    def _scope(self, project: str) -> Json:
        return {"scope": {"type": "PROJECT", "project": {"id": project}}} if project else {}

    def issue_type(self, kind: IssueType) -> Json:
        """An issue type."""
        shown: Json = {
            "self": f"{self.base}/issuetype/{kind.id}",
            "id": kind.id,
            "description": kind.description,
            "iconUrl": f"{self.root}/images/icons/issuetypes/{kind.id}.svg",
            "name": kind.name,
            "subtask": kind.level < 0,
            "avatarId": 10318,
        }
        if self.cloud:
            shown["hierarchyLevel"] = kind.level
        if kind.project:
            shown["entityId"] = str(_uuid(f"type {kind.id}"))
        return shown | self._scope(kind.project)

    def project(self, project: Project) -> Json:
        """A project, as it stands inside of other things and in lists."""
        shown: Json = {
            "self": f"{self.base}/project/{project.id}",
            "id": str(project.id),
            "key": project.key,
            "name": project.name,
            "projectTypeKey": project.kind,
            "avatarUrls": {f"{s}x{s}": f"{self.root}/projectavatar/{project.id}/{s}.png" for s in SIZES},
        }
        if self.cloud:
            shown["simplified"] = project.team_managed
        return shown

    def whole_project(self, project: Project) -> Json:
        """A project, as `project/KEY` shows it."""
        types = [self.issue_type(config.type) for config in project.types.values()]
        shown = self.project(project) | {
            "expand": "description,lead,issueTypes,url,projectKeys,permissions,insight",
            "description": "",
            "lead": self.user(project.lead),
            "components": [self.named(c, "component") for c in project.components],
            "issueTypes": types,
            "assigneeType": "UNASSIGNED",
            "versions": [self.version(v, project, whole=True) for v in project.versions],
            "roles": {},
        }
        if self.cloud:
            shown |= {
                "style": "next-gen" if project.team_managed else "classic",
                "isPrivate": not project.public,
                "properties": {},
            }
            if project.team_managed:
                shown["uuid"] = str(_uuid(project.key))
        return shown

    def named(self, named: Named, resource: str) -> Json:
        """A priority, resolution, security level, component, or option."""
        shown: Json = {"self": f"{self.base}/{resource}/{named.id}", "id": named.id}
        if resource == "customFieldOption":
            return shown | {"value": named.name}
        shown["name"] = named.name
        if resource == "priority":
            return shown | {"iconUrl": f"{self.root}/images/icons/priorities/{named.name.lower()}.svg"}
        return shown | {"description": named.description}

    def version(self, version: Version, project: Project, *, whole: bool = False) -> Json:
        """A version, as it stands in an issue, where it does not say when it begins, and in its project."""
        return plans.version(version, self.base) | (plans.more_of_version(version, project) if whole else {})

    def link_type(self, kind: LinkType) -> Json:
        """A type of issue links."""
        return {
            "id": kind.id,
            "name": kind.name,
            "inward": kind.inward,
            "outward": kind.outward,
            "self": f"{self.base}/issueLinkType/{kind.id}",
        }

    def link(self, link: Link, of: Issue) -> Json:
        """A link, seen from one of its issues."""
        outward = link.source.id == of.id
        other = link.target if outward else link.source
        return {
            "id": str(link.id),
            "self": f"{self.base}/issueLink/{link.id}",
            "type": self.link_type(link.type),
            "outwardIssue" if outward else "inwardIssue": self.brief(other),
        }

    def brief(self, issue: Issue) -> Json:
        """An issue, as it stands in its parent and behind links."""
        return {
            "id": str(issue.id),
            "key": issue.key,
            "self": f"{self.base}/issue/{issue.id}",
            "fields": {name: self.value(name, issue) for name in BRIEF},
        }

    def text(self, text: Rich | None) -> Any:
        """A text, as this version of the API shows it."""
        if text is None:
            return None
        if not self.documents:
            return text.wiki
        return self._with_names(text.adf) if isinstance(text.written, str) else text.adf

    def _with_names(self, node: Json) -> Json:
        """A document made of wiki text, its mentions with the names of those who are meant."""
        shown = dict(node)
        if node["type"] == "mention":
            number = node["attrs"]["id"]
            account = next((a for a in self.store.accounts.values() if a.account_id == number), None)
            shown["attrs"] = {
                "id": number,
                "text": f"@{account.display_name if account else number}",
                "accessLevel": "",
            }
        elif "content" in node:
            shown["content"] = [self._with_names(child) for child in node["content"]]
        return shown

    def shown(self, value: object, field: FieldDef) -> Any:
        """The value of a settable field."""
        match value:
            case Account():
                return self.user(value)
            case Rich():
                return self.text(value)
            case Named():
                return self.named(value, _RESOURCES.get(field.kind, "customFieldOption"))
            case Sprint():
                return plans.sprint(value) if self.cloud else plans.sprint_text(value)
            case list():
                return [self.shown(item, field) for item in value]
            case _:
                return value

    def value(self, name: str, issue: Issue) -> Any:
        """What an issue has in a field, system or custom."""
        match name:
            case "status":
                return self.status(issue.status)
            case "issuetype":
                return self.issue_type(issue.type)
            case "project":
                return self.project(issue.project)
            case "creator":
                return self.user(issue.creator)
            case "created" | "updated":
                return self.when(getattr(issue, name))
            case "resolutiondate":
                return self.when(issue.resolved)
            case "statuscategorychangedate":
                return self.when(issue.category_changed or issue.created)
            case "parent":
                return self.brief(issue.parent) if issue.parent else None
            case "subtasks":
                return [self.brief(c) for c in issue.children if c.type.level < 0 and sees(self.actor, c)]
            case "issuelinks":
                return [self.link(x, issue) for x in issue.links if sees(self.actor, _other(x, issue))]
            case "comment":
                return self._comments(issue)
            case "fixVersions":
                return [self.version(v, issue.project) for v in issue.values.get(name) or []]
            case "labels" | "components":
                return self.shown(issue.values.get(name, []), self.store.fields[name])
            case _:
                return self.shown(issue.values.get(name), self.store.fields[name])

    def _comments(self, issue: Issue) -> Json:
        seen = [self.comment(c) for c in issue.comments if self.sees_comment(c)]
        page = {"self": f"{self.base}/issue/{issue.id}/comment"} if self.cloud else {}
        return {"comments": seen, **page, "maxResults": len(seen), "total": len(seen), "startAt": 0}

    def sees_comment(self, comment: Comment) -> bool:
        """Whether the caller is in the role that a comment is kept for."""
        wanted = comment.visibility
        if wanted is None:
            return True
        role = comment.issue.project.people.get(self.actor.login, "")
        return wanted["value"].casefold() == role.casefold() or (self.actor.account is comment.author)

    def comment(self, comment: Comment) -> Json:
        """A comment."""
        shown: Json = {
            "self": f"{self.base}/issue/{comment.issue.id}/comment/{comment.id}",
            "id": str(comment.id),
            "author": self.user(comment.author),
            "body": self.text(comment.body),
            "updateAuthor": self.user(comment.editor),
            "created": self.when(comment.created),
            "updated": self.when(comment.updated),
        }
        if self.cloud:
            shown["jsdPublic"] = True
        if comment.visibility is not None:
            shown["visibility"] = comment.visibility
        return shown

    def remote_link(self, link: RemoteLink, issue: Issue) -> Json:
        """A link to elsewhere."""
        shown: Json = {"id": link.id, "self": f"{self.base}/issue/{issue.key}/remotelink/{link.id}"}
        shown |= {"globalId": link.global_id} if link.global_id else {}
        shown |= {"application": link.application}
        shown |= {"relationship": link.relationship} if link.relationship else {}
        return shown | {"object": link.object}

    def change(self, change: Change) -> Json:
        """One entry of the history."""
        return {
            "id": str(change.id),
            "author": self.user(change.author),
            "created": self.when(change.created),
            "items": list(change.items),
        }

    def fields_of(self, issue: Issue) -> list[str]:
        """Return the ids of the fields that an issue has, those of its screens included."""
        common = ("parent",) if issue.parent else ()
        usual = [f for f in self.store.fields.values() if not f.custom and f.kind not in {"parent", "security"}]
        own = set(issue.config.create) | set(issue.config.edit) | set(issue.values)
        custom = [f.id for f in self.store.fields.values() if f.custom and f.id in own]
        security = ("security",) if "security" in own or issue.project.levels else ()
        return [f.id for f in usual] + [*common, *security, *custom]

    def issue(self, issue: Issue, wanted: Collection[str]) -> Json:
        """An issue with the fields asked for: ids or names, `*all`, `*navigable`, `-name`."""
        names = self.wanted(issue, wanted)
        return {
            "expand": ISSUE_EXPAND,
            "id": str(issue.id),
            "self": f"{self.base}/issue/{issue.id}",
            "key": issue.key,
            "fields": {name: self.value(name, issue) for name in names},
        }

    def wanted(self, issue: Issue, wanted: Collection[str]) -> list[str]:
        """Return which fields an asking by names means, in a stable order."""
        have = self.fields_of(issue)
        less = {word[1:] for word in wanted if word.startswith("-")}
        asked = {word for word in wanted if not word.startswith("-")}
        if "*all" in asked or not asked:
            picked = set(have)
        elif "*navigable" in asked:
            picked = set(have) - {"comment"} | asked & set(have)
        else:
            picked = asked & set(have)
        return [name for name in have if name in picked - less]


_RESOURCES = {
    "priority": "priority",
    "resolution": "resolution",
    "security": "securitylevel",
    "components": "component",
}


def _other(link: Link, issue: Issue) -> Issue:
    return link.target if link.source.id == issue.id else link.source


def _uuid(text: str) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


def milliseconds(at: datetime) -> int:
    """Return an instant as webhooks and a few others write it: milliseconds since 1970."""
    return int(at.astimezone(UTC).timestamp() * 1000)
