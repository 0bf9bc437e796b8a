"""What happens in the later weeks of the story: an escalation, answers, a promise let go, the review, and the end."""

from __future__ import annotations

from worker.cli.story import cast
from worker.cli.story.chapters import at
from worker.cli.story.quote import Comment, Words, body_of, mail
from worker.cli.story.voice import Teller, expect
from worker.cli.story.world import World, start_of


def alice_rehearses(world: World, tell: Teller) -> None:
    """An item is done in time: its issue is closed, and that is all."""
    world.until(at(11, 19, 16, 20))
    rehearsal = world.child("Rehearse switching")
    world.act("alice", "PATCH", rehearsal, payload={"state": "closed", "state_reason": "completed"})
    sticky = world.sticky()
    expect(sticky.row(5)["State"] == "✓ done", "The closed rehearsal is not shown as done.")
    tell.says(world.now, f"Alice closes her rehearsal, a day early. The comment follows: “{sticky.heading}”.")


def lena_hears(world: World, tell: Teller) -> None:
    """Nothing happened for a week: the rung above."""
    world.new_mails()
    world.until(at(11, 23, 10))
    message = world.mail_to("lena@", after=at(11, 23, 0), subject="Late")
    tell.says(
        message["Date"].datetime,
        "A week after Bob heard, nothing has moved. As his mail said, Lena hears about it now:",
    )
    tell.quotes(mail(message, most=10))
    expect("Bob Okafor" in body_of(message), "Lena is not told whom it is about.")
    others = [m for m in world.new_mails() if "Week" not in m["Subject"]]
    expect(len(others) == 1, "Somebody besides Lena was told on that day.")


def bob_answers(world: World, tell: Teller) -> None:
    """One line in a comment moves the date, on both sides."""
    world.until(at(11, 23, 14, 10))
    alert = world.child("Add an alert")
    words = "ft due 2026-12-03 the gateway opens its test account on 1 December"
    number = world.say("bob", alert, words)
    issue, sticky = world.issue(alert), world.sticky()
    comment = next(c for c in issue["comments"] if c["id"] == number)
    expect("Due: 2026-12-03" in issue["body"], "The issue does not carry Bob's new date.")
    expect("3 Dec 2026" in sticky.row(1)["Due"], "The post-mortem does not show Bob's new date.")
    expect(f"{cast.BOT} +1" in comment["reactions"], "Bob's answer got no sign that it was understood.")
    tell.says(world.now, f"Bob answers on the issue with one line: “{words}”.")
    tell.says(world.now, "It gets a thumbs-up. The issue and the post-mortem carry the new day, and Bob has peace:")
    tell.quotes(Comment(sticky=sticky, only=(1,), texts=()))


def lena_lets_go(world: World, tell: Teller) -> None:
    """A promise that turned out wrong is let go, openly."""
    world.until(at(11, 25, 11, 30))
    queue = world.child("Move the retries")
    world.say("lena", queue, "With one idempotency key a queue buys us nothing. Let us not build it.")
    world.act("lena", "PATCH", queue, payload={"state": "closed", "state_reason": "not_planned"})
    sticky = world.sticky()
    expect(sticky.row(6)["State"] == "let go", "The issue closed as not planned is not shown as let go.")
    tell.says(
        world.now,
        "Lena closes the message queue as not planned: with one key for all retries nobody needs it. That is not "
        f"“done”, and the comment does not say so: “{sticky.heading}”.",
    )


def promises_are_kept(world: World, tell: Teller) -> None:
    """Three more are done: a closed issue, and two comments."""
    world.until(at(11, 26, 15))
    page = world.child("Page on-call")
    world.act("mei", "PATCH", page, payload={"state": "closed", "state_reason": "completed"})
    expect(world.sticky().row(2)["State"] == "✓ done", "Mei's closed issue is not shown as done.")
    tell.says(world.now, "Mei closes her issue: the page went off in the load test.")
    world.until(at(11, 27, 9, 40))
    words = "ft done 3 used in yesterday's drill: 40 refunds in 6 minutes"
    world.say("alice", world.post_mortem, words)
    runbook = world.issue(world.child("Write a runbook"))
    expect(runbook["state_reason"] == "completed", "Alice's answer did not close the runbook's issue.")
    tell.says(world.now, f"Alice writes on the post-mortem: “{words}”. The runbook's issue is closed for her.")
    world.until(at(12, 2, 17, 5))
    alert = world.child("Add an alert")
    words = "ft done it fired in staging after 4 charges, and paged me"
    world.say("bob", alert, words)
    sticky = world.sticky()
    expect(world.issue(alert)["state"] == "closed", "Bob's answer did not close the alert's issue.")
    expect(sticky.row(1)["State"] == "✓ done", "The alert is not shown as done.")
    tell.says(world.now, f"Bob, a day before his new date: “{words}”. “{sticky.heading}”.")


def lena_is_back(world: World, tell: Teller) -> None:
    """The digest after a leave covers the weeks that it missed."""
    world.new_mails()
    world.until(at(12, 7, 10))
    digest = world.mail_to("lena@", after=at(12, 7, 0), subject="Week")
    away = [m for m in world.mails() if "lena@" in m["To"] and at(11, 28, 0) < m["Date"].datetime < at(12, 7, 0)]
    expect(not away, "Lena was sent something on her leave.")
    tell.says(
        digest["Date"].datetime, "Lena is back from a week of leave, in which nothing was sent to her. Her digest:"
    )
    tell.quotes(mail(digest, most=29))
    nudge = world.mail_to("bob@", after=at(12, 7, 0), subject="Late")
    tell.says(nudge["Date"].datetime, f"Bob gets one mail: “{nudge['Subject']}”.")


def the_review(world: World, tell: Teller) -> None:
    """The day of the meeting: the agenda is the comment, and what is decided is one line."""
    invited = [m for m in world.mails() if m["Subject"] == f"Follow-up review: {cast.TITLE}"]
    start = start_of(invited[-1])
    world.until(start)
    expect(world.now == start, "The review is in the past.")
    sticky = world.sticky()
    open_rows = [int(row[0]) for row in sticky.rows if row[4] == "open"]
    expect(open_rows == [4], "Not exactly the fourth item is open at the review.")
    tell.says(start, "The follow-up review. What is on the table is the comment as it stands:")
    tell.quotes(Comment(sticky=sticky, texts=sticky.having("Follow-up review")))
    world.until(at(12, 8, 10, 20))
    words = "ft due 4 2027-01-15 the gateway takes one key for all retries from 12 January on"
    world.say("lena", world.post_mortem, words)
    issue = world.issue(f"{cast.WORKSHOP}#1")
    sticky = world.sticky()
    expect("15 Jan 2027" in sticky.row(4)["Due"], "The review's new date is not on the post-mortem.")
    expect("2027-01-15" in issue["body"], "The review's new date is not on the issue.")
    tell.says(world.now, f"They agree on a day for the last one. Lena writes: “{words}”.")


def the_end(world: World, tell: Teller) -> None:
    """Six weeks after the writing: what became of six promises."""
    world.until(at(12, 17, 11))
    sticky = world.sticky()
    words = {"✓ done": "kept", "let go": "let go", "open": "open"}
    told = [(words.get(row[4], row[4]), row) for row in sticky.rows]
    kept, gone, still = ([r for w, r in told if w == name] for name in ("kept", "let go", "open"))
    expect((len(kept), len(gone), len(still)) == (4, 1, 1), f"The end is another one: {sticky.heading}.")
    rows = [
        *(f"kept\t{row[1]}" for row in kept),
        *(f"let go\t{row[1]}" for row in gone),
        *(f"open\t{row[1]}, {row[2]}, until {row[3]}" for row in still),
    ]
    tell.says(world.now, "Six weeks after Alice wrote it down, her post-mortem says:")
    tell.quotes(Words([sticky.heading, *rows]))
    made = [key for key in world.children() if world.issue(key)["user"] == cast.BOT]
    expect(len(made) == 5, "At the end there is another number of issues than were made.")
    tell.says(
        world.now,
        f"{len(made)} issues made, {len(world.children()) - len(made)} adopted, none twice; one comment.",
    )
