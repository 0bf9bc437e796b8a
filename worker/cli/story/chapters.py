"""What happens in the first weeks of the story: the writing, the issues, a reminder, and a wiped Redis.

Each chapter lets people act and time pass, reads what came of it, and only then tells it. What the service should have
done and did not ends the story (`NotAsTold`).
"""

from __future__ import annotations

from datetime import datetime

from worker.cli.story import cast
from worker.cli.story.cast import ZONE
from worker.cli.story.quote import Comment, Words, mail
from worker.cli.story.voice import Teller, expect
from worker.cli.story.world import World, event_of, start_of

VAGUE = "| Improve alerting when the gateway answers slowly | @mei | TBD | P1 | |"
MENDED = "| Page on-call when the gateway answers slowly for 5 minutes | @mei | 2026-11-27 | P1 | |"
UNOWNED = "| Write a runbook for refunding double charges in bulk | | 2026-11-27 | P2 | |"
OWNED = "| Write a runbook for refunding double charges in bulk | @alice | 2026-11-27 | P2 | |"

MOST_READS = 50


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of the story, in the company's zone."""
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


def alice_writes(world: World, tell: Teller) -> None:
    """The post-mortem appears, and a minute later its promises are listed and judged."""
    world.open("alice", cast.TITLE, cast.body(), "postmortem")
    issue = world.issue(world.post_mortem)
    tell.says(
        world.now,
        f"Alice Moreau has written the post-mortem of Tuesday's outage, “{issue['title']}”, and labels it "
        f"{issue['labels'][0]} ({world.post_mortem}).",
    )
    sticky = world.sticky()
    expect(len(sticky.rows) == 6, "The comment does not list Alice's six promises.")
    tell.says(world.now, f"Followthrough has read it. Its one comment finds {len(sticky.rows)} promises in the table:")
    tell.quotes(Comment(sticky=sticky, texts=()))
    wanting = [row[0] for row in sticky.rows if row[-1] != "nothing"]
    expect(wanting == ["2", "3"], "Not exactly the vague item and the one without an owner are found wanting.")
    needs = "; ".join(f"item {n} needs {sticky.row(int(n))['Needs']}" for n in wanting)
    remedies = [t for t in sticky.texts if t.startswith("• ")]
    expect(remedies, "Nothing is said about how to put it right.")
    tell.says(world.now, f"{len(wanting)} of them cannot be kept as they stand: {needs}. To the author it says:")
    tell.quotes(Words(remedies))
    waits = sticky.having("Next: ")
    expect(waits and not _own_children(world), "The items do not wait for the text to rest.")
    tell.says(world.now, "Nothing becomes an issue while Alice may still be writing:")
    tell.quotes(Words(waits))
    known = world.issue(f"{cast.WORKSHOP}#1")
    expect(known["parent"] == world.post_mortem, "The existing issue is not the post-mortem's sub-issue.")
    tell.says(
        world.now,
        f"Item 4 names an issue that exists, “{known['title']}”. That one is adopted, as sub-issue of the "
        "post-mortem; no second one will be made.",
    )


def _own_children(world: World) -> list[str]:
    """The sub-issues that the service itself created."""
    return [key for key in world.children() if world.issue(key)["user"] == cast.BOT]


def review_is_booked(world: World, tell: Teller) -> None:
    """Four people get an invitation at once."""
    invites = [m for m in world.new_mails() if "review" in m["Subject"]]
    expect(len(invites) == 4, f"{len(invites)} people were invited to the follow-up review where it should be four.")
    expect(len({str(event_of(m)["UID"]) for m in invites}) == 1, "The invitations are not about one meeting.")
    start = start_of(invites[0])
    days = (start - at(11, 3, 0)).days
    expect(start > at(12, 5, 0), "The follow-up review lies in Lena's leave.")
    expect(28 <= days <= 42, f"The follow-up review is {days} days after the outage.")
    names = ", ".join(sorted(str(m["To"].addresses[0].display_name) for m in invites))
    tell.says(
        invites[0]["Date"].datetime,
        f"The follow-up review books itself, {days} days after the outage, in the calendars of {names} (as mail "
        "with an .ics; Lena is on leave the week before, so it is not then):",
    )
    tell.quotes(mail(invites[0], most=8))


def alice_mends(world: World, tell: Teller) -> None:
    """Alice edits the text; the findings go, and the rest begins anew."""
    world.until(at(11, 5, 11, 5))
    text = world.issue(world.post_mortem)["body"]
    expect(VAGUE in text and UNOWNED in text, "Alice's text is not what she wrote.")
    mended = text.replace(VAGUE, MENDED).replace(UNOWNED, OWNED)
    world.act("alice", "PATCH", world.post_mortem, payload={"body": mended})
    sticky = world.sticky()
    expect(all(row[-1] == "nothing" for row in sticky.rows), "After Alice's edit some item still needs something.")
    tell.says(
        world.now,
        "Alice makes item 2 concrete, gives it a day, and takes item 3 herself. The comment follows; nothing is left "
        "to put right, and the rest begins anew:",
    )
    tell.quotes(Comment(sticky=sticky, only=(2, 3), texts=sticky.having("Next: ")))


def issues_are_made(world: World, tell: Teller) -> None:
    """Five issues are created, although GitHub answers one create with a 502 after having carried it out."""
    before = world.last_request()
    fault = world.sandbox.faults.add("502-after", operation="createIssue", nth=2)
    world.until(at(11, 5, 11, 45))
    entries = world.sandbox.requests(before)
    creates = [e for e in entries if "createIssue" in e.operation and e.committed]
    lost = [e for e in creates if e.fault == "502-after"]
    expect(fault.fired == 1 and len(lost) == 1, "GitHub's 502 did not happen.")
    made = _own_children(world)
    titles = {world.issue(key)["title"] for key in made}
    expect(len(creates) == len(made) == len(titles) == 5, f"{len(made)} issues were made where it should be five.")
    first = datetime.fromisoformat(creates[0].time)
    expect(all(key.startswith(f"{cast.WORKSHOP}#") for key in made), "Not all issues are where Alice's team works.")
    tell.says(
        first,
        "The text has rested for half an hour: the promises become issues with owner and date, in the repository of "
        f"Alice's team, {cast.WORKSHOP}.",
    )
    looks = [e for e in entries if e.number > creates[-1].number and e.path.endswith("/sub_issues")]
    expect(looks, "The service did not look what became of the second create.")
    twin = world.child("Page on-call")
    sticky = world.sticky()
    expect(_short(twin) in sticky.row(2)["Action item"], "The issue behind the 502 is not on the post-mortem.")
    tell.says(
        datetime.fromisoformat(lost[0].time),
        f"A snag: GitHub answers 502 to the second create, although it has made the issue ({_short(twin)}). Trying "
        "again would make it twice.",
    )
    tell.says(
        datetime.fromisoformat(looks[0].time),
        f"Followthrough does not try again. It makes the other three, looks what is there, and finds {_short(twin)}. "
        f"{len(made)} promises, {len(made)} issues:",
    )
    tell.quotes(Comment(sticky=sticky, texts=()))


def _short(key: str) -> str:
    return key.rpartition("/")[2]


def first_digest(world: World, tell: Teller) -> None:
    """The lead's Monday mail."""
    world.until(at(11, 9, 9))
    message = world.mail_to("lena@", after=at(11, 9, 0), subject="Week")
    world.new_mails()
    sent = message["Date"].datetime
    tell.says(sent, "Lena Vogt leads Payments. Her Monday digest comes, one mail for all of her team's promises:")
    tell.quotes(mail(message, most=9))


def bob_is_late(world: World, tell: Teller) -> None:
    """An item's day passes on a Friday; on Monday morning its owner hears, and nobody else."""
    alert = world.child("Add an alert")
    world.until(at(11, 13, 18))
    expect(not world.new_mails(), "Somebody was told something before anything was late.")
    row = world.sticky().row(1)
    tell.says(
        world.now, f"The alert ({_short(alert)}) was due today and is still open. Nobody is bothered at a weekend."
    )
    expect(row["State"] == "open", "The alert is not open.")
    world.until(at(11, 16, 10))
    message = world.mail_to("bob@", after=at(11, 16, 0))
    batches = [m for m in world.new_mails() if "Week" not in m["Subject"]]
    expect(len(batches) == 1, f"{len(batches)} people heard about it where it should be Bob alone.")
    tell.says(message["Date"].datetime, "Bob Okafor hears first, and he alone:")
    tell.quotes(mail(message, most=14))


def redis_is_wiped(world: World, tell: Teller) -> None:
    """Everything in Redis is gone; the trackers remember, and nobody is told twice."""
    world.until(at(11, 17, 15))
    store, jira = world.stage.service.store, world.jira
    asked, asked_jira = world.last_request(), jira.last_request()
    kept = world.sandbox.state(), jira.sandbox.state()
    # The next digest is not counted: whoever sees to it puts it there only a day ahead.
    told, waiting = len(world.mails()), {key for key, _ in store.pending() if not key.startswith("digest:")}
    world.stage.redis.flushall()
    expect(waiting and not world.stage.redis.exists("ft:due"), "Redis was not wiped.")
    tell.says(
        world.now,
        f"Another snag: somebody flushes Redis. The {len(waiting)} things that wait in it for their time are gone. "
        "What was promised and told to whom is not: that stands on GitHub and in Jira.",
    )
    still_s = store.silence_s()
    world.until(at(11, 17, 15, 30))
    missing = waiting - {key for key, _ in store.pending()}
    expect(not missing, f"After the wipe nothing waits for {', '.join(sorted(missing))}.")
    expect((world.sandbox.state(), jira.sandbox.state()) == kept, "The wiped Redis changed something on a tracker.")
    reads = sum(e.user == cast.BOT for e in world.sandbox.requests(asked))
    reads_jira = sum(e.user == cast.JIRA_BOT for e in jira.sandbox.requests(asked_jira))
    expect(reads and reads_jira, "After the wipe not both trackers were read.")
    # Two threads now and then both ask for the same, so the exact number is not told.
    expect(reads + reads_jira < MOST_READS, f"{reads + reads_jira} requests were needed to find everything again.")
    tell.says(
        world.now,
        f"At first Followthrough kept still for {still_s:.0f} seconds: somebody might have been in the middle of "
        f"something. Then fewer than {MOST_READS} reads of both trackers brought all {len(waiting)} back. Writes: "
        f"{world.writes(asked) + jira.writes(asked_jira)}.",
    )
    world.until(at(11, 18, 18))
    expect(len(world.mails()) == told, "After the wipe somebody was told something again.")
    tell.says(world.now, "A day later: nobody was told anything twice.")
