"""With which settings does the service run? Three YAML files and the environment in, one frozen value out.

Everything is judged before anything is contacted; all mistakes are told at once (`ConfigError`). The environment comes
before the files. Without a folder and with nothing but `GITHUB_TOKEN`, the defaults make a working trial.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from worker.app.convert import directory_of, policy_of, sources_of
from worker.app.environment import Environment
from worker.app.files import Files, read_files
from worker.app.people.config import Sources
from worker.app.problems import ConfigError, Problem, did_you_mean, nearest
from worker.app.sites import GitHubSettings, JiraSettings, SiteSettings, read_sites
from worker.app.trust import signing_keys_of
from worker.channels.addresses import parse_mailbox
from worker.channels.smtp import SmtpServer
from worker.domain.model import Directory, Mode
from worker.domain.policy import Policy

__all__ = [
    "EngineSettings",
    "GitHubSettings",
    "JiraSettings",
    "Settings",
    "SiteSettings",
    "WebSettings",
    "load_policy",
    "load_settings",
    "require_trackers",
]

_OVERRIDES = {
    "FOLLOWTHROUGH_CONFIG",
    "FOLLOWTHROUGH_MODE",
    "FOLLOWTHROUGH_SIGNING_KEY",
    "FOLLOWTHROUGH_SIGNING_KEY_FILE",
    "FOLLOWTHROUGH_DATA_DIR",
    "FOLLOWTHROUGH_WEB_HOST",
    "FOLLOWTHROUGH_WEB_PORT",
    "FOLLOWTHROUGH_LOG_LEVEL",
}
_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """Where webhooks come in, and how large they may be. `public_url` is how people's browsers reach this service, ""
    where they don't: then no mail carries a link to it."""

    host: str = "127.0.0.1"
    port: int = 8080
    max_body_bytes: int = 5_000_000
    public_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """How the engine runs: threads a worker process, seconds of a lease, and how much may be done in how long."""

    workers: int = 4
    lease_s: int = 120
    sweep_minutes: int = 5
    full_sweep_hours: int = 24
    writes_per_minute: int = 80
    writes_per_hour: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSettings:
    """The chats that messages may go to, each "" where there is none. `usual` is how people are told who say nothing:
    `mail`, unless there is no mail server and there is a chat."""

    slack_token: str = field(default="", repr=False)
    slack_webhook: str = field(default="", repr=False)
    teams_webhook: str = field(default="", repr=False)
    usual: str = "mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that the service was told. `redis_url` is None for the embedded one; `ledger` is `SITE:CONTAINER` or "" where
    no repository is named. `unready` are the reasons why no tracker can be reached with these settings (a credential
    that is missing); commands that need none don't care. `warnings` are for the log. `secrets` are to be masked there.
    """

    mode: Mode = Mode.OBSERVE
    sites: Mapping[str, SiteSettings] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    directory: Directory = field(default_factory=Directory)
    sources: Sources = field(default_factory=Sources)
    ledger: str = ""
    signing_keys: tuple[bytes, ...] = field(default=(), repr=False)
    smtp_url: str = field(default="", repr=False)
    mail_from: str = "Followthrough <followthrough@localhost>"
    mail_folder: Path = Path("mail")
    chats: ChatSettings = field(default_factory=ChatSettings)
    redis_url: str | None = field(default=None, repr=False)
    data_dir: Path = Path()
    log_level: str = "info"
    web: WebSettings = field(default_factory=WebSettings)
    engine: EngineSettings = field(default_factory=EngineSettings)
    unready: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def mail_domain(self) -> str:
        """The domain of the sender's address: the right side of every Message-ID."""
        return parse_mailbox(self.mail_from).address.rpartition("@")[2]

    def mode_of(self, site: str) -> Mode:
        """How much may be done on one site: its own mode, else everybody's."""
        found = self.sites.get(site)
        return found.mode if found and found.mode else self.mode


def load_settings(config_dir: Path | None, env: Mapping[str, str]) -> Settings:
    """Read and judge the files of a folder and the environment.

    Without a folder, `FOLLOWTHROUGH_CONFIG` names it; without that either, there are no files. Raises ConfigError with
    every problem; contacts nothing.
    """
    environment = Environment(env)
    named = environment.text("FOLLOWTHROUGH_CONFIG")
    folder = config_dir if config_dir is not None else Path(named) if named else None
    files = read_files(folder)
    service = files.service
    sites = read_sites(files, environment)
    files.judge({name: site.kind for name, site in sites.items()} or {"github": "github", "jira": "jira"})
    mode = Mode(service.mode)
    written_mode = environment.text("FOLLOWTHROUGH_MODE")
    if written_mode in set(Mode):
        mode = Mode(written_mode)
    elif written_mode:
        hint = did_you_mean(written_mode, Mode)
        environment.complain(f"FOLLOWTHROUGH_MODE is none of {', '.join(Mode)}{hint}")
    level = environment.text("FOLLOWTHROUGH_LOG_LEVEL").casefold() or "info"
    if level not in _LEVELS:
        environment.complain(f"FOLLOWTHROUGH_LOG_LEVEL is none of {', '.join(_LEVELS)}{did_you_mean(level, _LEVELS)}")
    data_dir = _data_dir(service.data_dir, environment)
    smtp_url = _smtp_url(environment)
    chats = _chats(environment, smtp_url)
    redis_url = environment.url("REDIS_URL", ("redis", "rediss", "unix"), secret=True)
    port = environment.number("FOLLOWTHROUGH_WEB_PORT", 0, 65_535)
    keys, key_warnings = signing_keys_of(environment, sites)
    problems = [*files.problems(), *environment.problems]
    if problems:
        raise ConfigError(problems)
    unready = [problem for site in sites.values() for problem in site.unready]
    directory = directory_of(files.people, files.teams, files.defaults, files.stewards)
    sources = sources_of(files.sources, folder)
    # Whoever knows the address of a calendar or a shared table reads it.
    places = (*sources.csv, *sources.backstage, *(p.leave_ics for p in directory.people.values()))
    environment.secrets.update(place for place in places if "://" in place)
    mail_folder = _under(data_dir, service.mail.folder or "mail")
    live = any((site.mode or mode) is Mode.LIVE for site in sites.values())
    return Settings(
        mode=mode,
        sites=sites,
        policy=policy_of(files.policy, files.defaults),
        directory=directory,
        sources=sources,
        ledger=service.ledger or _first_container(sites),
        signing_keys=keys,
        smtp_url=smtp_url,
        mail_from=service.mail.sender,
        mail_folder=mail_folder,
        chats=chats,
        redis_url=redis_url or None,
        data_dir=data_dir,
        log_level=level,
        web=WebSettings(
            host=environment.text("FOLLOWTHROUGH_WEB_HOST") or service.web.host,
            port=service.web.port if port is None else port,
            max_body_bytes=service.web.max_body_bytes,
            public_url=(service.web.public_url or "").rstrip("/"),
        ),
        engine=EngineSettings(**service.engine.model_dump()),
        unready=tuple(sorted(unready)),
        warnings=(
            *key_warnings,
            *files.warnings(),
            *_misspelt(env),
            *_without_secret(sites),
            *_unwatched(files, sites),
            *_no_account_ids(files, sites),
            *_without_mail(mail_folder if live and not smtp_url and chats.usual == "mail" else None),
        ),
        secrets=frozenset(environment.secrets),
    )


def load_policy(folder: Path) -> Policy:
    """The policy of a folder alone, for commands that judge files and need no tracker. Raises ConfigError."""
    files = read_files(folder)
    files.judge({"github": "github", "jira": "jira"}, only=("policy.yaml",))
    problems = [*files.problems(only=("policy.yaml",))]
    if problems:
        raise ConfigError(problems)
    return policy_of(files.policy, files.defaults)


def require_trackers(settings: Settings) -> None:
    """Refuse settings with which no tracker can be reached. Raises ConfigError that says what is missing."""
    if settings.unready:
        raise ConfigError(settings.unready)
    if not settings.sites:
        message = "no tracker is configured; set GITHUB_TOKEN, or add a site under `sites:` in followthrough.yaml"
        raise ConfigError([Problem("environment", 0, 0, message)])


def _data_dir(written: str, environment: Environment) -> Path:
    chosen = environment.text("FOLLOWTHROUGH_DATA_DIR") or written
    if chosen:
        return Path(chosen).expanduser().absolute()
    state = environment.text("XDG_STATE_HOME")
    home = environment.text("HOME")
    base = Path(state) if state else Path(home) / ".local" / "state" if home else Path.cwd()
    return (base / "followthrough").absolute()


def _under(folder: Path, written: str) -> Path:
    return folder / Path(written).expanduser()


def _smtp_url(environment: Environment) -> str:
    url = environment.secret("SMTP_URL")
    if url:
        try:
            server = SmtpServer.parse(url)
        except ValueError as err:
            environment.complain(str(err))
            return ""
        if server.password:
            environment.secrets.add(server.password)
    return url


def _chats(environment: Environment, smtp_url: str) -> ChatSettings:
    token = environment.secret("SLACK_BOT_TOKEN")
    slack = environment.url("SLACK_WEBHOOK_URL", ("https", "http"), secret=True)
    teams = environment.url("TEAMS_WEBHOOK_URL", ("https", "http"), secret=True)
    chat = "slack" if token or slack else "teams" if teams else "mail"
    usual = "mail" if smtp_url else chat
    return ChatSettings(slack_token=token, slack_webhook=slack, teams_webhook=teams, usual=usual)


def _first_container(sites: Mapping[str, SiteSettings]) -> str:
    """Where the ledger lives unless told: the first repository or project that is named in full."""
    return next((f"{name}:{c}" for name, site in sites.items() for c in site.containers if not c.endswith("/*")), "")


def _misspelt(env: Mapping[str, str]) -> tuple[str, ...]:
    """Variables that look like one of ours with a typing error. Only a warning: Kubernetes adds such variables for a
    service named `followthrough`."""
    unknown = sorted(name for name in env if _OURS.match(name) and name not in _OVERRIDES)
    pairs = [(name, nearest(name.removeprefix("FOLLOWTHROUGH_"), _SUFFIXES)) for name in unknown]
    told = "the variable {} is unknown; did you mean FOLLOWTHROUGH_{}?"
    return tuple(told.format(name, meant) for name, meant in pairs if meant)


_OURS = re.compile(r"FOLLOWTHROUGH_(?!SERVICE_|PORT)")
_SUFFIXES = {name.removeprefix("FOLLOWTHROUGH_") for name in _OVERRIDES}


def _without_secret(sites: Mapping[str, SiteSettings]) -> tuple[str, ...]:
    return tuple(
        f"site {name}: no webhook secret, so webhooks are refused and changes are seen at the next sweep; "
        f"set {site.prefix}_WEBHOOK_SECRET"
        for name, site in sites.items()
        if not site.webhook_secrets
    )


def _unwatched(files: Files, sites: Mapping[str, SiteSettings]) -> tuple[str, ...]:
    """Jira projects that receive a team's items and that nobody named under `projects:`: a typing error, or changes
    there that are seen late."""
    out = []
    for name, team in sorted(files.teams.items()):
        place, _, key = (team.items or "").partition(":")
        site = sites.get(place)
        named = files.sites[place].special if place in files.sites else {}
        if isinstance(site, JiraSettings) and key not in named:
            remedy = did_you_mean(key, named) or "; list it there, with `watch: false` if you mean it so"
            out.append(
                f"teams.{name}.items: {key} is not under sites.{place}.projects, so changes of its issues are seen "
                f"only by webhooks and once a day{remedy}"
            )
    return tuple(out)


def _no_account_ids(files: Files, sites: Mapping[str, SiteSettings]) -> tuple[str, ...]:
    """Logins on a Jira Cloud that can't be account ids: nobody would ever be found by them."""
    cloud = [name for name, site in sites.items() if isinstance(site, JiraSettings) and _on_cloud(site)]
    out = []
    for person, shape in sorted(files.people.items()):
        logins = {**({"jira": shape.jira} if shape.jira else {}), **shape.logins}
        out += [
            f"people.{person}: {logins[name]} is no account id of Jira Cloud (site {name}), so this person is never "
            "found there; open their profile in Jira, the id is the last part of its address"
            for name in cloud
            if name in logins and not _ACCOUNT_ID.fullmatch(logins[name])
        ]
    return tuple(out)


_ACCOUNT_ID = re.compile(r"[\w-]+(?::[\w.:-]+)+|[0-9A-Za-z-]{20,128}")


def _on_cloud(site: JiraSettings) -> bool:
    return bool(site.api_token) if site.cloud is None else site.cloud


def _without_mail(folder: Path | None) -> tuple[str, ...]:
    """Where nobody would ever see a mail although the mode says that they are sent."""
    if folder is None:
        return ()
    return (f"no mail server is given: mails are written to {folder} as .eml files, and reach nobody; set SMTP_URL",)
