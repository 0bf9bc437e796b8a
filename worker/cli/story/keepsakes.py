"""What is left of the story in its folder: the mails, the invites, the trackers' final state, and pages to look at.

The pages stand alone: no script, nothing loaded from elsewhere, light and dark.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from worker.cli.exits import USAGE, Stop
from worker.cli.story.boxes import github_box, jira_box
from worker.cli.story.voice import Teller
from worker.cli.story.world import World

MARK = ".followthrough-demo"
MAILS, INVITES = "mails", "invites"
_OURS = (
    "config",
    MAILS,
    INVITES,
    "trackers.json",
    "story.txt",
    "index.html",
    "post-mortem.html",
    "post-mortem-jira.html",
    "digest.html",
    "service.log",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail as the page shows it; `files` are (what, path inside the folder)."""

    to: str
    subject: str
    sent: str
    text: str
    files: tuple[tuple[str, str], ...]


def prepare(folder: Path) -> None:
    """Make the folder, and take away what an earlier demo left there. Raises Stop for a folder with something else in
    it: nothing is removed that the demo did not make."""
    if folder.exists() and not folder.is_dir():
        raise Stop(f"{folder} is a file; name a folder with --out", USAGE)
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise Stop(f"{folder} is not empty and was not made by the demo; name another folder with --out", USAGE)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARK).write_text("Made by `followthrough demo`, which replaces it at its next run.\n")
        for name in _OURS:
            path = folder / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    except OSError as failed:
        raise Stop(f"{folder} can't be written: {failed.strerror or failed}; name another folder with --out") from None


def leave(world: World, tell: Teller, folder: Path) -> tuple[tuple[str, str], ...]:
    """Write everything. Returns (path, what it is) for the reader, the first thing to open first."""
    mails = _mails(folder)
    state = {"github": world.sandbox.state(), "jira": world.jira.sandbox.state()}
    (folder / "trackers.json").write_text(json.dumps(state, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "story.txt").write_text(tell.text, encoding="utf-8")
    boxes = {key: github_box(key, issue) for key, issue in state["github"]["issues"].items()}
    boxes |= {key: jira_box(key, issue) for key, issue in state["jira"]["issues"].items()}
    homes = [world.post_mortem, world.jira.post_mortem]
    pages = Environment(
        loader=PackageLoader("worker.cli.story", "."), autoescape=select_autoescape(("j2",)), undefined=StrictUndefined
    )
    page = pages.get_template("page.html.j2")

    def write(name: str, *keys: str) -> None:
        shown = [boxes[key] for key in keys if key in boxes]
        others = [box for key, box in boxes.items() if key not in keys]
        whole = len(keys) > 1
        text = page.render(told=tell.told, post_mortems=shown, issues=others, mails=mails, whole=whole)
        (folder / name).write_text(text, encoding="utf-8")

    write("index.html", *homes)
    write("post-mortem.html", homes[0])
    write("post-mortem-jira.html", homes[1])
    (folder / "digest.html").write_text(_digest_after_leave(folder), encoding="utf-8")
    invites = len(list((folder / INVITES).glob("*.ics")))
    return (
        (f"{folder}/index.html", "everything on one page, for the browser"),
        (f"{folder}/post-mortem.html", "the post-mortem on GitHub with its comment, as it stands at the end"),
        (f"{folder}/post-mortem-jira.html", "the one in Jira"),
        (f"{folder}/digest.html", "Lena's digest after her leave, as it looks in a mail program"),
        (f"{folder}/{MAILS}/*.eml", f"all {len(mails)} mails"),
        (f"{folder}/{INVITES}/*.ics", f"all {invites} invitations"),
        (f"{folder}/trackers.json", "everything that both trackers hold at the end"),
        (f"{folder}/story.txt", "this story"),
        (f"{folder}/service.log", "what the service itself logged"),
    )


def _mails(folder: Path) -> list[Mail]:
    """Every mail, oldest first; its HTML part goes into a file beside it, its invitation into the folder of invites."""
    out = []
    (folder / INVITES).mkdir(exist_ok=True)
    for path in sorted((folder / MAILS).glob("*.eml")):
        message = _read(path)
        files = [("as it was sent", f"{MAILS}/{path.name}")]
        html = message.get_body(("html",))
        if html is not None:
            path.with_suffix(".html").write_text(str(html.get_content()), encoding="utf-8")
            files.insert(0, ("as it looks", f"{MAILS}/{path.stem}.html"))
        invite = path.with_suffix(".ics")
        if invite.exists():
            shutil.move(invite, folder / INVITES / invite.name)
            files.append(("the invitation", f"{INVITES}/{invite.name}"))
        text = message.get_body(("plain",))
        sent = message["Date"].datetime
        out.append(
            Mail(
                to=str(message["To"]),
                subject=str(message["Subject"]),
                sent=f"{sent:%Y-%m-%d %H:%M} UTC",
                text=str(text.get_content()) if text is not None else "",
                files=tuple(files),
            )
        )
    return out


def _read(path: Path) -> EmailMessage:
    return BytesParser(policy=default).parsebytes(path.read_bytes())


def _digest_after_leave(folder: Path) -> str:
    found = sorted((folder / MAILS).glob("*_digest-lena-2026-W50_*.html"))
    return found[0].read_text(encoding="utf-8") if found else ""
