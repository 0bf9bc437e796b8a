"""Messages in Slack and Teams: whole, under the limits, harmless, once, and by the way that a person prefers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.channels.build import NOW, batch, digest, entry, invite, item, message, step
from tests.channels.chats import Chat, chat_server
from worker.channels.blocks import MOST_BLOCKS, MOST_HEADER, MOST_SUM, MOST_TEXT, slack_message
from worker.channels.cards import MOST_BYTES, encoded, teams_card
from worker.channels.port import ChannelUnavailable, Notifier, Undeliverable
from worker.channels.routes import Routes
from worker.channels.slack import SlackBot, SlackWebhook
from worker.channels.teams import TeamsWorkflow
from worker.domain.messages import Batch, Digest, Invite, Message

SHARP = "<!channel> <@U1> *bold* _it_ `code` [a](http://x) & <http://evil|here> @here"
words = st.text(max_size=400) | st.just(SHARP) | st.just("א" * 300) | st.just("👩‍👩‍👧" * 90)


@st.composite
def contents(draw: st.DrawFn) -> Batch | Digest | Invite:
    """Any content, from empty to far too long, with any words in it."""
    many = draw(st.sampled_from([0, 1, 3, 40, 300]))
    text, note = draw(words), draw(words)
    items = [item(n, text=text, post_mortem_title=note) for n in range(many)]
    match draw(st.sampled_from(["batch", "digest", "invite"])):
        case "batch":
            role = draw(st.sampled_from(["owner", "lead"]))
            steps = (step(role=role, item=i, why=note, owner_name=text) for i in items)
            return batch(*steps)
        case "digest":
            entries = tuple(entry(item=i, note=note, owner_name=text) for i in items)
            names = draw(st.sets(st.sampled_from(["decide", "overdue", "incomplete", "upcoming", "changed"])))
            lines = tuple([note] * many)
            return digest(**dict.fromkeys(names, entries), reviews=lines, gaps=lines, trend=note, person_name=text)
        case _:
            return invite(summary=text, agenda=tuple([note] * many))


@given(content=contents(), subject=words)
@settings(max_examples=120, deadline=None)
def test_whatever_is_to_be_told_keeps_slacks_limits_and_is_never_markup(
    content: Batch | Digest | Invite, subject: str
) -> None:
    form = slack_message(content, subject=subject, on=NOW.date())
    assert 0 < len(form.blocks) <= MOST_BLOCKS
    assert form.size <= MOST_SUM
    assert "<" not in form.text
    for block in form.blocks:
        match block["type"]:
            case "header":
                assert 0 < len(block["text"]["text"]) <= MOST_HEADER
                assert block["text"]["type"] == "plain_text"
            case "context":
                assert [e["type"] for e in block["elements"]] == ["plain_text"]
                assert all(0 < len(e["text"]) <= MOST_TEXT for e in block["elements"])
            case _:
                assert block["type"] == "rich_text"
                for section in block["elements"]:
                    assert section["elements"]
                    assert {e["type"] for e in section["elements"]} <= {"text", "link"}
                    assert all(e["text"] for e in section["elements"])
                    assert sum(len(e["text"]) for e in section["elements"]) <= MOST_TEXT


@given(content=contents(), subject=words)
@settings(max_examples=120, deadline=None)
def test_whatever_is_to_be_told_keeps_teams_limit_and_is_never_markup(
    content: Batch | Digest | Invite, subject: str
) -> None:
    payload = teams_card(content, subject=subject, person="Alice Larsson", on=NOW.date())
    assert len(encoded(payload)) < MOST_BYTES
    (attachment,) = payload["attachments"]
    body = attachment["content"]["body"]
    assert {element["type"] for element in body} == {"RichTextBlock"}
    assert {run["type"] for element in body for run in element["inlines"]} == {"TextRun"}
    assert {run["selectAction"]["url"][:4] for e in body for run in e["inlines"] if "selectAction" in run} <= {"http"}


def shown_in(form: Any) -> str:
    return json.dumps(form, ensure_ascii=False)


@pytest.mark.parametrize("where", ["slack", "teams"])
def test_a_nudge_says_what_why_what_next_and_the_three_ways_out(where: str) -> None:
    content = batch(step())
    form = (
        shown_in(slack_message(content, subject="Late: an alert", on=NOW.date()).blocks)
        if where == "slack"
        else shown_in(teams_card(content, subject="Late: an alert", person="Alice", on=NOW.date()))
    )
    for part in ("payment queue depth", "You own this", "lead", "ft done", "ft due 2026-12-04", "ft waive"):
        assert part in form
    assert "https://github.com/acme/pay/issues/17" in form


@pytest.mark.parametrize("where", ["slack", "teams"])
def test_what_had_no_room_is_counted(where: str) -> None:
    content = digest(overdue=tuple(entry(n) for n in range(300)))
    form = (
        shown_in(slack_message(content, subject="Week 47", on=NOW.date()).blocks)
        if where == "slack"
        else shown_in(teams_card(content, subject="Week 47", person="Lena", on=NOW.date()))
    )
    assert "more" in form
    assert "(300)" in form


def test_a_confidential_item_shows_a_reference_only() -> None:
    secret = batch(step(item=item(confidential=True)))
    forms = (
        slack_message(secret, subject="Late: acme/pay#17", on=NOW.date()).blocks,
        teams_card(secret, subject="Late: acme/pay#17", person="Alice", on=NOW.date()),
    )
    for form in forms:
        assert "payment queue" not in shown_in(form)
        assert "Checkout returned" not in shown_in(form)


@pytest.fixture
def chat() -> Iterator[Chat]:
    with chat_server() as served:
        yield served


def bot(chat: Chat, user: str = "U7") -> SlackBot:
    return SlackBot("xoxb-of-the-tests", lambda _person: user, api_url=f"{chat.url}/api/", timeout_s=5)


def nudge(number: int = 1) -> Message:
    return replace(message(batch()), occurrence=f"batch/alice/2026-11-{number:02}")


def test_a_direct_message_reaches_the_persons_own_conversation(chat: Chat) -> None:
    bot(chat).send(nudge())
    (posted,) = chat.posted
    assert posted["channel"] == "D-U7"
    assert posted["blocks"][0]["type"] == "header"
    assert posted["metadata"]["event_payload"] == {"occurrence": "batch/alice/2026-11-01"}


def test_a_channel_needs_no_conversation_to_be_opened(chat: Chat) -> None:
    bot(chat, "C0123").send(nudge())
    assert chat.posted[0]["channel"] == "C0123"
    assert "conversations.open" not in chat.calls


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(500, id="a server error and nothing was done"),
        pytest.param("reset", id="a reset and nothing was done"),
        pytest.param("lost", id="done and the answer lost"),
    ],
)
def test_sent_again_after_a_doubt_it_stands_there_once(chat: Chat, fault: int | str) -> None:
    for number in range(1, 6):
        bot(chat).send(nudge(number))
    chat.faults.append(fault)
    with pytest.raises(ChannelUnavailable, match="Slack"):
        bot(chat).send(nudge(9))
    bot(chat).send(nudge(9))
    bot(chat).send(nudge(9))
    assert [p["metadata"]["event_payload"]["occurrence"] for p in chat.posted].count("batch/alice/2026-11-09") == 1


def test_a_limit_is_waited_for(chat: Chat) -> None:
    chat.faults.append(429)
    bot(chat).send(nudge())
    assert len(chat.posted) == 1


def test_a_limit_that_lasts_is_told_as_a_channel_that_is_down(chat: Chat) -> None:
    chat.faults.extend([429, 429])
    with pytest.raises(ChannelUnavailable):
        bot(chat).send(nudge())


@pytest.mark.parametrize(
    ("method", "error", "kind"),
    [
        pytest.param("conversations.open", "user_not_found", Undeliverable, id="nobody has this id"),
        pytest.param("chat.postMessage", "is_archived", Undeliverable, id="an archived channel"),
        pytest.param("chat.postMessage", "invalid_auth", ChannelUnavailable, id="a revoked token may be renewed"),
        pytest.param("conversations.history", "missing_scope", ChannelUnavailable, id="a scope may be added"),
        pytest.param("chat.postMessage", "ratelimited", ChannelUnavailable, id="a limit passes"),
    ],
)
def test_what_slack_refuses_is_for_good_only_where_it_is_about_the_receiver(
    chat: Chat, method: str, error: str, kind: type[Exception]
) -> None:
    chat.errors[method] = error
    with pytest.raises(kind, match=error) as caught:
        bot(chat).send(nudge())
    assert "xoxb" not in str(caught.value)


def test_without_an_id_nothing_is_asked(chat: Chat) -> None:
    with pytest.raises(Undeliverable, match=r"set `slack` in people\.yaml"):
        bot(chat, "").send(nudge())
    assert chat.calls == []


SECRET = "https://ft.acme.example/decide/abc"
LINKED = [
    pytest.param(digest(decide=(entry(link=SECRET),), overdue=(entry(2, link=SECRET),)), id="a digest"),
    pytest.param(digest(incomplete=(entry(link=SECRET),), upcoming=(entry(2, link=SECRET),)), id="its other parts"),
    pytest.param(batch(step(role="lead", link=SECRET)), id="an escalation"),
]
HOOKS = [pytest.param(SlackWebhook, id="Slack"), pytest.param(TeamsWorkflow, id="Teams")]


@pytest.mark.parametrize("kind", HOOKS)
def test_a_webhook_gets_the_message_once(chat: Chat, kind: Any) -> None:
    kind(f"{chat.url}/hook", timeout_s=5).send(nudge())
    (posted,) = chat.posted
    assert "payment queue depth" in json.dumps(posted)


@pytest.mark.parametrize("kind", HOOKS)
@pytest.mark.parametrize("content", LINKED)
def test_what_many_read_has_no_link_that_answers_in_its_readers_name(chat: Chat, kind: Any, content: Any) -> None:
    kind(f"{chat.url}/hook", timeout_s=5).send(message(content))
    assert SECRET not in json.dumps(chat.posted)


@pytest.mark.parametrize("content", LINKED)
def test_nor_has_what_a_bot_posts_into_a_channel(chat: Chat, content: Any) -> None:
    bot(chat, "C0123").send(message(content))
    assert SECRET not in json.dumps(chat.posted)


@pytest.mark.parametrize("content", LINKED)
def test_a_direct_message_has_the_link_to_answer_by(chat: Chat, content: Any) -> None:
    bot(chat).send(message(content))
    assert SECRET in json.dumps(chat.posted)


@pytest.mark.parametrize("kind", HOOKS)
@pytest.mark.parametrize("fault", [500, 503, "reset", "lost"])
def test_a_webhook_that_fails_is_down_and_not_tried_again_blindly(chat: Chat, kind: Any, fault: int | str) -> None:
    chat.faults.append(fault)
    with pytest.raises(ChannelUnavailable) as caught:
        kind(f"{chat.url}/hook", timeout_s=5).send(nudge())
    assert "/hook" not in str(caught.value)
    assert len(chat.calls) == 1


def test_a_message_that_teams_refuses_is_undeliverable(chat: Chat) -> None:
    chat.faults.append(413)
    with pytest.raises(Undeliverable):
        TeamsWorkflow(f"{chat.url}/hook", timeout_s=5).send(nudge())


def test_a_message_that_slacks_webhook_refuses_is_undeliverable(chat: Chat) -> None:
    chat.errors["hook"] = "invalid_payload"
    with pytest.raises(Undeliverable):
        SlackWebhook(f"{chat.url}/hook", timeout_s=5).send(nudge())


@pytest.mark.parametrize("kind", HOOKS)
def test_an_address_where_nobody_listens_is_down_and_stays_a_secret(kind: Any) -> None:
    with chat_server() as gone:
        url = f"{gone.url}/hook"
    with pytest.raises(ChannelUnavailable) as caught:
        kind(url, timeout_s=2).send(nudge())
    assert "/hook" not in str(caught.value)


class Kept:
    """A channel that keeps what it gets, or refuses it."""

    def __init__(self, name: str, error: Exception | None = None) -> None:
        self.name, self.error = name, error
        self.got: list[Message] = []

    def send(self, message: Message) -> None:
        if self.error is not None:
            raise self.error
        self.got.append(message)


def routes(mail: Notifier, slack: Notifier, channel: str = "slack") -> Routes:
    return Routes(mail, {"slack": slack}, lambda _person: channel)


def test_a_message_takes_the_way_that_its_reader_prefers() -> None:
    mail, slack = Kept("mail"), Kept("slack")
    routes(mail, slack).send(nudge())
    assert (len(mail.got), len(slack.got)) == (0, 1)


@pytest.mark.parametrize("channel", ["", "mail", "teams"])
def test_without_a_preference_or_the_channel_it_goes_by_mail(channel: str) -> None:
    mail, slack = Kept("mail"), Kept("slack")
    routes(mail, slack, channel).send(nudge())
    assert (len(mail.got), len(slack.got)) == (1, 0)


def test_an_invitation_goes_by_mail_whatever_is_preferred() -> None:
    mail, slack = Kept("mail"), Kept("slack")
    routes(mail, slack).send(message(invite(), kind="invite"))
    assert (len(mail.got), len(slack.got)) == (1, 0)


def test_where_the_preferred_way_cannot_reach_somebody_the_mail_does() -> None:
    mail = Kept("mail")
    routes(mail, Kept("slack", Undeliverable("Slack can't reach U7: user_not_found"))).send(nudge())
    assert len(mail.got) == 1


def test_a_preferred_way_that_is_down_is_waited_for() -> None:
    mail = Kept("mail")
    with pytest.raises(ChannelUnavailable):
        routes(mail, Kept("slack", ChannelUnavailable("down"))).send(nudge())
    assert mail.got == []


def test_where_no_way_reaches_somebody_all_reasons_are_told() -> None:
    mail, slack = Kept("mail", Undeliverable("no address")), Kept("slack", Undeliverable("no id"))
    with pytest.raises(Undeliverable, match="no id; no address"):
        routes(mail, slack).send(nudge())


def test_a_folder_of_mails_is_no_way_to_reach_somebody_whom_the_chat_does_not() -> None:
    folder, slack = Kept("folder"), Kept("slack", Undeliverable("no id"))
    with pytest.raises(Undeliverable, match="no id; there is no mail server"):
        Routes(folder, {"slack": slack}, lambda _person: "slack", mail_arrives=False).send(nudge())
    assert folder.got == []
