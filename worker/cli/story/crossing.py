"""What happens to the post-mortem whose home is Jira: its promises live on both trackers, one of which goes away.

Told between the chapters of Alice's post-mortem, by the same rules: looked up first, then told.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from worker.cli.story import cast
from worker.cli.story.chapters import at
from worker.cli.story.quote import Comment, Words
from worker.cli.story.voice import Teller, expect
from worker.cli.story.world import World, start_of

ALERT = "Page the shop's on-call"
REFUSE = "Refuse charges"
KNOWN = "SHOP-1"


def nadia_writes(world: World, tell: Teller) -> None:
    """A second post-mortem, in Jira and by another team; one of its promises is an issue already."""
    world.until(at(11, 12, 14))
    jira = world.jira
    jira.open("nadia", cast.JIRA_TITLE, cast.jira_body(), "postmortem")
    issue = jira.issue(jira.post_mortem)
    tell.says(
        world.now,
        f"Another team keeps its post-mortems in Jira. Nadia Rahimi of Shop writes “{issue['summary']}” and labels it "
        f"{issue['labels'][0]} ({jira.post_mortem}). The same comment appears there:",
    )
    sticky = jira.sticky()
    expect(len(sticky.rows) == 3, "The comment in Jira does not list Nadia's three promises.")
    tell.quotes(Comment(sticky=sticky, texts=sticky.having("Next: ")))
    known = jira.issue(KNOWN)
    expect(jira.linked(KNOWN) == [jira.post_mortem], f"{KNOWN} is not linked to the post-mortem.")
    expect(known["duedate"] == "2026-11-27", f"{KNOWN} does not carry the date of Nadia's table.")
    tell.says(
        world.now,
        f"{KNOWN}, “{known['summary']}”, is in Jira already: it is linked to {jira.post_mortem}, and now has the date "
        "that Nadia wrote.",
    )


def two_trackers(world: World, tell: Teller) -> None:
    """Each promise becomes an issue where its owner's team works, and each side shows the other."""
    jira, before = world.jira, set(world.sandbox.state()["issues"])
    world.until(at(11, 12, 14, 45))
    alert = _made_in_jira(world)
    refuse = _refuse(world)
    expect(refuse not in before, "The issue on GitHub was there before.")
    here, there = jira.issue(alert), world.issue(refuse)
    expect(here["assignee"] == "tomas" and here["duedate"] == "2026-11-20", f"{alert} lacks its owner or its date.")
    expect(there["assignees"] == ["mei"] and "Due: 2026-11-27" in there["body"], f"{refuse} lacks owner or date.")
    tell.says(
        datetime.fromisoformat(there["created_at"]),
        f"Half an hour later each promise has its issue, where its owner's team works: Tomas Lind's is {alert}, in "
        f"Jira; Mei Tanaka is of Payments, so hers is {refuse}, on GitHub.",
    )
    _each_shows_the_other(world, alert, refuse)
    tell.says(world.now, "Either side shows the other:")
    owner_here, owner_there = cast.JIRA_NAMES[here["assignee"]], cast.NAMES[there["assignees"][0]]
    seen = (
        f"{jira.post_mortem}\tlinked to {' and '.join(sorted(jira.linked(jira.post_mortem)))}; web link to {refuse}",
        f"{alert}\tlinked to {jira.post_mortem}; {owner_here}, due {here['duedate']}",
        f"GitHub\t{refuse} links {jira.post_mortem} in its text; {owner_there}, due {_due(there['body'])}",
    )
    tell.quotes(Words(seen))
    invites = [m for m in world.new_mails() if "review" in m["Subject"]]
    expect(len(invites) == 4, f"{len(invites)} people were invited to the Shop's review where it should be four.")
    names = ", ".join(sorted(str(m["To"].addresses[0].display_name) for m in invites))
    start = start_of(invites[0]).astimezone(cast.ZONE)
    tell.says(
        world.now,
        f"Its follow-up review is booked too: {start:%A} {start.day} {start:%B}, {start:%H:%M}, with {names}.",
    )


def _each_shows_the_other(world: World, alert: str, refuse: str) -> None:
    jira = world.jira
    expect(
        sorted(jira.linked(jira.post_mortem)) == [KNOWN, alert] and jira.linked(alert) == [jira.post_mortem],
        f"{jira.post_mortem} and {alert} are not linked.",
    )
    away = jira.linked_elsewhere(jira.post_mortem)
    expect(
        len(away) == 1 and away[0].endswith("/" + refuse.replace("#", "/issues/")),
        f"{jira.post_mortem} carries no web link to {refuse}.",
    )
    expect(f"/browse/{jira.post_mortem})" in world.issue(refuse)["body"], f"{refuse} carries no link to Jira.")


def tomas_needs_longer(world: World, tell: Teller) -> None:
    """The same line works in a comment in Jira."""
    world.until(at(11, 19, 10, 40))
    jira, alert = world.jira, _made_in_jira(world)
    words = "ft due 2026-11-24 the pager's new contract starts on Monday"
    jira.say("tomas", alert, words)
    expect(jira.issue(alert)["duedate"] == "2026-11-24", f"{alert} does not carry Tomas's new date.")
    sticky = jira.sticky()
    expect("24 Nov 2026" in sticky.row(1)["Due"], "The post-mortem in Jira does not show Tomas's new date.")
    tell.says(
        world.now,
        f"In Jira, Tomas writes below {alert}: “{words}”. Jira's due date is {jira.issue(alert)['duedate']} now, and "
        f"{jira.post_mortem} says so too.",
    )


def jira_is_away(world: World, tell: Teller) -> None:
    """Jira answers nobody; what happens on GitHub meanwhile cannot be shown in Jira yet."""
    world.until(at(11, 19, 16, 18))
    jira, refuse = world.jira, _refuse(world)
    asked, shown = jira.last_request(), _shown(world)
    jira.sandbox.faults.add("502-before", status=503, count=None)
    world.act("mei", "PATCH", refuse, payload={"state": "closed", "state_reason": "completed"})
    failed = jira.sandbox.requests(asked)
    expect(failed and all(e.status == 503 for e in failed), "Jira was asked nothing, or answered.")
    expect(_shown(world) == shown, "The comment in Jira changed while Jira was away.")
    tell.says(
        world.now,
        f"A third snag: Jira is down, every request gets a {failed[0].status}. Mei closes {refuse} just now. GitHub "
        f"says so, {jira.post_mortem} in Jira cannot be told.",
    )


def jira_is_back(world: World, tell: Teller) -> None:
    """Once Jira answers again it is told, by nobody's doing."""
    jira = world.jira
    world.until(at(11, 19, 16, 25))
    jira.sandbox.faults.clear()
    began, asked = world.now, jira.last_request()
    world.until(at(11, 19, 17))
    wrote = jira.sandbox.writes(user=cast.JIRA_BOT, after=asked)
    sticky = jira.sticky()
    expect(wrote and sticky.row(2)["State"] == "✓ done", f"{jira.post_mortem} does not show what Mei has done.")
    tell.says(
        began,
        "Alice's post-mortem, on GitHub, was not kept waiting by that. Now Jira answers again.",
    )
    tell.says(
        datetime.fromisoformat(wrote[0].time),
        f"Followthrough looks again by itself, and {jira.post_mortem} has what happened meanwhile: “{sticky.heading}”.",
    )


def shop_is_done(world: World, tell: Teller) -> None:
    """Two ways to close an issue in Jira: the workflow's button, and one line."""
    jira, alert = world.jira, _made_in_jira(world)
    world.until(at(11, 24, 10, 15))
    jira.walk("nadia", KNOWN, "Close", "Done")
    words = "ft done it paged me twice in this morning's drill"
    jira.say("tomas", alert, words)
    closed = jira.issue(alert)
    step = _last_step(closed)
    expect((closed["status"], closed["resolution"]) == ("Closed", "Done"), f"{alert} was not closed as done.")
    expect(step["author"] == cast.JIRA_BOT, f"Somebody else closed {alert}.")
    tell.says(
        world.now,
        f"Nadia closes {KNOWN} with Jira's own button. Tomas writes below {alert}: “{words}”. Followthrough presses "
        f"the button for him: {_steps(step)}.",
    )
    sticky = jira.sticky()
    expect([row[4] for row in sticky.rows] == ["✓ done"] * 3, "Not all three of Nadia's promises are kept.")
    tell.says(world.now, f"All three are kept, two in Jira and one on GitHub. {jira.post_mortem} says:")
    tell.quotes(Comment(sticky=sticky, texts=()))
    off = [m for m in world.new_mails() if m["Subject"] == f"Cancelled: follow-up review: {cast.JIRA_TITLE}"]
    expect(len(off) == 4, f"{len(off)} people were told that there is nothing to review where it should be four.")
    tell.says(off[0]["Date"].datetime, f"Nothing is left to review: the meeting is called off, with {len(off)} mails.")


def both_ended(world: World, tell: Teller) -> None:
    """What both post-mortems cost together."""
    jira = world.jira
    sticky = jira.sticky()
    issues = jira.sandbox.state()["issues"].values()
    made = [issue["key"] for issue in issues if issue["creator"] == cast.JIRA_BOT]
    expect(made == [_made_in_jira(world)], f"Another number of issues than one was made in Jira: {made}.")
    expect(len(sticky.rows) == 3 and "3 of 3" in sticky.heading, f"{jira.post_mortem} ends otherwise.")
    mails = world.mails()
    people = {str(m["To"].addresses[0].display_name) for m in mails}
    tell.says(
        world.now,
        f"And Nadia's, in Jira: “{sticky.heading}”. Both together: {len(mails)} mails to {len(people)} people in six "
        f"weeks, {world.writes()} writes on GitHub, {jira.writes()} on Jira.",
    )


def _made_in_jira(world: World) -> str:
    """The key of the one issue in Jira that begins as Tomas's promise does."""
    issues = world.jira.sandbox.state()["issues"]
    found = [key for key, issue in issues.items() if issue["summary"].startswith(ALERT)]
    expect(len(found) == 1, f"{len(found)} issues in Jira begin with “{ALERT}” where there should be one.")
    return str(found[0])


def _refuse(world: World) -> str:
    """The key of the one issue on GitHub that begins as Mei's promise does."""
    issues = world.sandbox.state()["issues"]
    found = [key for key, issue in issues.items() if issue["title"].startswith(REFUSE)]
    expect(len(found) == 1, f"{len(found)} issues on GitHub begin with “{REFUSE}” where there should be one.")
    return str(found[0])


def _due(body: str) -> str:
    """The date in the text of an issue on GitHub."""
    return next((line.removeprefix("Due: ") for line in body.splitlines() if line.startswith("Due: ")), "nobody knows")


def _shown(world: World) -> str:
    sticky = world.jira.sticky()
    return f"{sticky.heading} {sticky.rows}"


def _last_step(issue: dict[str, Any]) -> dict[str, Any]:
    """The last entry of an issue's history in which its status changed."""
    steps = [change for change in issue["history"] if any(item["field"] == "status" for item in change["items"])]
    expect(steps, f"{issue['key']} never changed its status.")
    return dict(steps[-1])


def _steps(change: dict[str, Any]) -> str:
    return ", ".join(f"{item['field']} {item['toString']}" for item in change["items"])
