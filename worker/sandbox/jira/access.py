"""Who asks, and what may they do? Credentials, permissions by role, security levels."""

from __future__ import annotations

import base64
import binascii

from worker.sandbox.jira.errors import ApiError
from worker.sandbox.jira.model import Account, Actor, Issue, Project
from worker.sandbox.jira.store import Store

PERMISSIONS = {
    "ADMINISTER": (0, "Administer Jira"),
    "ADMINISTER_PROJECTS": (23, "Administer Projects"),
    "BROWSE_PROJECTS": (10, "Browse Projects"),
    "CREATE_ISSUES": (11, "Create Issues"),
    "EDIT_ISSUES": (12, "Edit Issues"),
    "ASSIGN_ISSUES": (13, "Assign Issues"),
    "RESOLVE_ISSUES": (14, "Resolve Issues"),
    "ADD_COMMENTS": (15, "Add Comments"),
    "DELETE_ISSUES": (16, "Delete Issues"),
    "ASSIGNABLE_USER": (17, "Assignable User"),
    "CLOSE_ISSUES": (18, "Close Issues"),
    "LINK_ISSUES": (21, "Link Issues"),
    "MOVE_ISSUES": (25, "Move Issues"),
    "SET_ISSUE_SECURITY": (26, "Set Issue Security"),
    "SCHEDULE_ISSUES": (28, "Schedule Issues"),
    "MODIFY_REPORTER": (30, "Modify Reporter"),
    "EDIT_ALL_COMMENTS": (34, "Edit All Comments"),
    "EDIT_OWN_COMMENTS": (35, "Edit Own Comments"),
    "DELETE_ALL_COMMENTS": (36, "Delete All Comments"),
    "DELETE_OWN_COMMENTS": (37, "Delete Own Comments"),
    "TRANSITION_ISSUES": (46, "Transition Issues"),
}
"""Permission key to its number and name. ADMINISTER is global, the others belong to a project."""

_MEMBER = frozenset(
    [
        "BROWSE_PROJECTS",
        "CREATE_ISSUES",
        "EDIT_ISSUES",
        "ASSIGN_ISSUES",
        "RESOLVE_ISSUES",
        "ADD_COMMENTS",
        "ASSIGNABLE_USER",
        "CLOSE_ISSUES",
        "LINK_ISSUES",
        "MOVE_ISSUES",
        "SET_ISSUE_SECURITY",
        "SCHEDULE_ISSUES",
        "EDIT_OWN_COMMENTS",
        "DELETE_OWN_COMMENTS",
        "TRANSITION_ISSUES",
    ]
)
ROLES = {
    "viewer": frozenset({"BROWSE_PROJECTS"}),
    "customer": frozenset({"BROWSE_PROJECTS", "ADD_COMMENTS"}),
    "member": _MEMBER,
    "admin": frozenset(PERMISSIONS) - {"ADMINISTER"},
}
"""The roles that every project has, with their permissions; a seed may add others."""


def actor_of(store: Store, header: str, *, gateway: bool) -> Actor:
    """Return who the `Authorization` header names. Raises ApiError 401 for a credential that is not accepted."""
    scheme, _, value = header.strip().partition(" ")
    value = value.strip()
    if not scheme:
        return Actor()
    name, secret = "", value
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise refused() from error
    elif scheme.lower() != "bearer":
        raise refused()
    if store.cloud is not (scheme.lower() == "basic"):
        raise refused()
    token = store.tokens.get(secret)
    if token is None or token.expired or not token.account.active:
        raise refused()
    if store.cloud and (name.lower() != token.account.email.lower() or (token.scoped and not gateway)):
        raise refused()
    return Actor(account=token.account, token=token)


def refused(status: int = 401) -> ApiError:
    """The credential is unknown or expired; 403 is what Jira says when it wants a person to solve a riddle first."""
    reason = "AUTHENTICATED_FAILED" if status == 401 else "AUTHENTICATION_DENIED"
    headers = {"x-seraph-loginreason": reason}
    if status == 401:
        headers["www-authenticate"] = 'OAuth realm="http%3A%2F%2F127.0.0.1"'
    return ApiError(status, "Client must be authenticated to access this resource.", headers=headers)


def permissions(account: Account | None, project: Project) -> frozenset[str]:
    """Return the permission keys that an account has in a project."""
    public = frozenset({"BROWSE_PROJECTS"}) if project.public else frozenset[str]()
    if account is None:
        return public
    role = project.people.get(account.login) or project.people.get("*", "")
    given = project.roles.get(role, frozenset[str]())
    return given | public | ({"ADMINISTER", "ADMINISTER_PROJECTS"} if account.admin else frozenset[str]())


def may(actor: Actor, project: Project, permission: str) -> bool:
    """Whether the caller has a permission in a project. A credential that may only read has but the one to browse."""
    return permission in permissions(actor.account, project) and (permission == "BROWSE_PROJECTS" or actor.writes)


def sees_project(actor: Actor, project: Project) -> bool:
    """Whether the caller may browse a project."""
    return may(actor, project, "BROWSE_PROJECTS")


def sees(actor: Actor, issue: Issue) -> bool:
    """Whether the caller may see an issue: its project, and its security level where it has one."""
    if not sees_project(actor, issue.project):
        return False
    level = issue.values.get("security")
    return level is None or actor.login in level.people


def assignable(account: Account, project: Project) -> bool:
    """Whether issues of a project can be given to an account."""
    return account.active and account.kind != "customer" and "ASSIGNABLE_USER" in permissions(account, project)
