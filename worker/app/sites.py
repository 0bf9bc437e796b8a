"""Which trackers are there, where, and with which credentials? `sites:` of the file and the environment, joined.

Without `sites:` the environment alone decides: a GitHub credential makes the site `github`, a Jira address
or credential the site `jira`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from worker.app.convert import mode_of
from worker.app.environment import PLACE, Environment
from worker.app.files import SERVICE, Files
from worker.app.problems import Problem
from worker.app.sense import address_trouble, gateway_trouble, kind_of, writes_of
from worker.app.shapes import BoardShape, EngineShape, ProjectShape, SiteShape
from worker.domain.model import Mode

_LEAST_SECRET = 8
GITHUB_API = "https://api.github.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    """What every kind of site has. `prefix` begins the names of its variables; `unready` says what is still missing.

    `mode` is None where the service's own mode holds. Webhooks are believed with any of `webhook_secrets`.
    """

    name: str
    prefix: str
    mode: Mode | None = None
    former_accounts: tuple[str, ...] = ()
    timeout_s: int = 15
    writes_per_minute: int = 80
    writes_per_hour: int = 500
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    unready: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubSettings(_Site):
    """One GitHub: a token, or an App's id and private key (PEM). `installation_id` 0: found per owner."""

    kind: Literal["github"] = "github"
    api_url: str = GITHUB_API
    web_url: str = ""
    repositories: tuple[str, ...] = ()
    token: str = field(default="", repr=False)
    app_id: str = ""
    private_key: str = field(default="", repr=False)
    installation_id: int = 0
    project: BoardShape = field(default_factory=BoardShape)

    @property
    def containers(self) -> tuple[str, ...]:
        return self.repositories

    @property
    def credential(self) -> str:
        """The secret by which this site knows us, or ""."""
        return self.private_key or self.token

    @property
    def credential_name(self) -> str:
        """Where that secret is renewed, for a person."""
        return f"{self.prefix}_APP_PRIVATE_KEY" if self.private_key else f"{self.prefix}_TOKEN, or the App's key"


@dataclass(frozen=True, slots=True, kw_only=True)
class JiraSettings(_Site):
    """One Jira: mail address and API token (Cloud), or a personal access token (Data Center).

    `api_url` is "" where requests go to `url`; `cloud` is None where the server is to be asked. `projects` are watched;
    `special` are those and all others that the settings know: named with `watch: false`, or as the place of a team's
    items or of the ledger. `link` and `waived` are "" and () where the adapter's defaults hold.
    """

    kind: Literal["jira"] = "jira"
    url: str = ""
    api_url: str = ""
    cloud: bool | None = None
    projects: tuple[str, ...] = ()
    special: Mapping[str, ProjectShape] = field(default_factory=dict)
    link: str = ""
    waived: tuple[str, ...] = ()
    severity_field: str = ""
    email: str = ""
    api_token: str = field(default="", repr=False)
    pat: str = field(default="", repr=False)

    @property
    def containers(self) -> tuple[str, ...]:
        return self.projects

    @property
    def credential(self) -> str:
        """The secret by which this site knows us, or ""."""
        return self.pat or self.api_token

    @property
    def credential_name(self) -> str:
        """Where that secret is renewed, for a person."""
        return f"{self.prefix}_PAT" if self.pat else f"{self.prefix}_API_TOKEN"


SiteSettings = GitHubSettings | JiraSettings


def read_sites(files: Files, environment: Environment) -> Mapping[str, SiteSettings]:
    """All sites, in the file's order. What is wrong goes to the files and the environment; what is missing to the
    sites' own `unready`."""
    shapes = dict(files.sites)
    if "sites" not in files.read[SERVICE].data:
        shapes = _implied(environment)
    out: dict[str, SiteSettings] = {}
    for name, shape in shapes.items():
        kind = kind_of(name, shape)
        if kind == "github":
            out[name] = _github(name, shape, environment, files.service.engine)
        elif kind == "jira":
            out[name] = _jira(name, shape, environment, files)
    return out


def _implied(environment: Environment) -> dict[str, SiteShape]:
    """The sites that the environment alone speaks of."""
    spoken = {
        "github": ("GITHUB_TOKEN", "GITHUB_TOKEN_FILE", "GITHUB_APP_ID"),
        "jira": ("JIRA_URL", "JIRA_API_URL", "JIRA_API_TOKEN", "JIRA_API_TOKEN_FILE", "JIRA_PAT", "JIRA_PAT_FILE"),
    }
    return {site: SiteShape() for site, names in spoken.items() if any(environment.text(name) for name in names)}


def _prefix(name: str) -> str:
    return name.upper().replace("-", "_")


def _github(name: str, shape: SiteShape, environment: Environment, engine: EngineShape) -> GitHubSettings:
    prefix = _prefix(name)
    token = environment.secret(f"{prefix}_TOKEN")
    app_id = environment.text(f"{prefix}_APP_ID")
    key = environment.secret(f"{prefix}_APP_PRIVATE_KEY")
    installation = environment.number(f"{prefix}_APP_INSTALLATION_ID", 1, 10**11)
    # A variable can't always hold line ends; many tools write \n for them.
    private_key = key.replace("\\n", "\n") if "\\n" in key and "\n" not in key else key
    missing = []
    if app_id and not re.fullmatch(r"\d{1,12}|Iv[\w.]{10,40}", app_id):
        environment.complain(f"{prefix}_APP_ID must be the App's number, or its client id (Iv…)")
    if private_key and not re.search(r"-----BEGIN [A-Z ]*PRIVATE KEY-----", private_key):
        environment.complain(f"{prefix}_APP_PRIVATE_KEY must be a PEM file's content (-----BEGIN … PRIVATE KEY-----)")
    if token and (app_id or private_key):
        missing.append(
            f"site {name}: {prefix}_TOKEN and {prefix}_APP_ID are both set; unset one, so that it is clear as "
            "whom the service speaks"
        )
    elif bool(app_id) != bool(private_key):
        absent = "APP_PRIVATE_KEY" if app_id else "APP_ID"
        missing.append(f"site {name}: an App needs its id and its private key; set {prefix}_{absent} too")
    elif not token and not app_id:
        missing.append(
            f"site {name}: no credential; set {prefix}_TOKEN, or {prefix}_APP_ID with {prefix}_APP_PRIVATE_KEY"
        )
    per_minute, per_hour = writes_of("github", shape, engine)
    return GitHubSettings(
        name=name,
        prefix=prefix,
        mode=mode_of(shape.mode),
        former_accounts=tuple(shape.former_accounts),
        timeout_s=shape.timeout_s,
        writes_per_minute=per_minute,
        writes_per_hour=per_hour,
        webhook_secrets=_webhook_secrets(prefix, environment),
        unready=tuple(Problem(PLACE, 0, 0, message) for message in missing),
        api_url=(_address(f"{prefix}_API_URL", environment) or shape.api_url or GITHUB_API).rstrip("/"),
        web_url=(shape.web_url or "").rstrip("/"),
        repositories=tuple(shape.repositories),
        token=token,
        app_id=app_id,
        private_key=private_key,
        installation_id=installation or 0,
        project=shape.project,
    )


def _address(name: str, environment: Environment, judge: Callable[[str], str] = lambda _: "") -> str:
    url = environment.url(name, ("https", "http"), secret=False)
    if url and (trouble := judge(url)):
        environment.complain(f"{name}: {trouble}")
    return url


def _jira(name: str, shape: SiteShape, environment: Environment, files: Files) -> JiraSettings:
    prefix = _prefix(name)
    email = environment.text(f"{prefix}_EMAIL")
    api_token = environment.secret(f"{prefix}_API_TOKEN")
    pat = environment.secret(f"{prefix}_PAT")
    url = (_address(f"{prefix}_URL", environment, address_trouble) or shape.url or "").rstrip("/")
    api_url = (_address(f"{prefix}_API_URL", environment, gateway_trouble) or shape.api_url or "").rstrip("/")
    missing = []
    if not url:
        missing.append(f"site {name}: where is this Jira? Set `sites.{name}.url`, or {prefix}_URL")
    if pat and (api_token or email):
        missing.append(
            f"site {name}: {prefix}_PAT and {prefix}_API_TOKEN are both set; keep the PAT for Data Center, "
            "mail address and token for Cloud"
        )
    elif bool(email) != bool(api_token):
        absent = "API_TOKEN" if email else "EMAIL"
        missing.append(f"site {name}: Jira Cloud needs mail address and token; set {prefix}_{absent} too")
    elif not pat and not api_token:
        missing.append(
            f"site {name}: no credential; set {prefix}_EMAIL and {prefix}_API_TOKEN (Cloud), or {prefix}_PAT "
            "(Data Center)"
        )
    places = (files.service.ledger, *(team.items or "" for _, team in sorted(files.teams.items())))
    receiving = [key for site, _, key in (place.partition(":") for place in places) if site == name]
    per_minute, per_hour = writes_of("jira", shape, files.service.engine)
    return JiraSettings(
        name=name,
        prefix=prefix,
        mode=mode_of(shape.mode),
        former_accounts=tuple(shape.former_accounts),
        timeout_s=shape.timeout_s,
        writes_per_minute=per_minute,
        writes_per_hour=per_hour,
        webhook_secrets=_webhook_secrets(prefix, environment),
        unready=tuple(Problem(PLACE, 0, 0, message) for message in missing),
        url=url,
        api_url=api_url,
        cloud=None if shape.deployment is None else shape.deployment == "cloud",
        projects=tuple(key for key, project in shape.special.items() if project.watch),
        special={**dict.fromkeys(receiving, ProjectShape()), **shape.special},
        link=shape.link or "",
        waived=tuple(shape.waived or ()),
        severity_field=shape.severity_field,
        email=email,
        api_token=api_token,
        pat=pat,
    )


def _webhook_secrets(prefix: str, environment: Environment) -> tuple[str, ...]:
    """One secret, or several while they are being changed, separated by white space or commas. All are valid."""
    name = f"{prefix}_WEBHOOK_SECRET"
    found = tuple(dict.fromkeys(part for part in re.split(r"[\s,]+", environment.secret(name)) if part))
    if any(len(secret) < _LEAST_SECRET for secret in found):
        environment.complain(f"{name} holds a secret shorter than {_LEAST_SECRET} characters; anybody could guess it")
    environment.secrets.update(found)
    return found
