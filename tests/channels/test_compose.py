"""What a mail is made of, parsed back as a mail program would."""

from __future__ import annotations

import email
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.channels.build import NOW, SENDER, batch, digest, entry, invite, item, message, step
from worker.channels.mime import Sender, compose, to_bytes
from worker.channels.port import Undeliverable
from worker.channels.render import SIZE_LIMIT
from worker.domain.messages import Batch, Digest, Invite, Message
from worker.domain.model import IssueRef

STRANGE = (
    st.text(max_size=200)
    | st.text(alphabet="\r\n\t :;,<>@\"'\\=?.\u202e\u2028\u2029\x00\x85abéع🚒👩‍🚒\u0301", max_size=120)
    | st.sampled_from(
        [
            "Eve\r\nBcc: all@acme.example",
            "Eve\n\n<b>body</b>",
            "مهندس التشغيل, فريق الدفع",
            'Li "the Fixer" Wei, Jr. (on call) <root@acme.example>',
            "=?utf-8?q?Bcc=3A_x?=",
            "--=_ft-boundary",
            "\ud800 alone",
        ]
    )
)


def parsed(sent: Message, sender: Sender = SENDER) -> EmailMessage:
    raw = to_bytes(compose(sent, sender))
    assert re.search(rb"[^\r]\n|\r[^\n]", raw) is None, "every line ends in CRLF"
    return email.message_from_bytes(raw, policy=default)


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return cast(str, part.get_content()).replace("\r\n", "\n")


@pytest.mark.parametrize("content", [batch(), digest()], ids=["batch", "digest"])
def test_a_batch_and_a_digest_are_text_beside_html(content: Batch | Digest) -> None:
    mail = parsed(message(content))

    assert mail.get_content_type() == "multipart/alternative"
    assert [p.get_content_type() for p in mail.iter_parts()] == ["text/plain", "text/html"]
    assert {p.get_content_charset() for p in mail.iter_parts()} == {"utf-8"}


def test_the_headers_say_who_when_and_that_a_machine_wrote_it() -> None:
    sent = message(digest(), in_reply_to="<former@followthrough.acme.example>")
    mail = parsed(sent)

    assert mail["From"] == "Followthrough <followthrough@acme.example>"
    assert mail["To"] == "Lena Ek <alice@acme.example>"
    assert mail["Date"].datetime == NOW
    assert mail["Message-ID"] == sent.message_id
    assert mail["In-Reply-To"] == mail["References"] == "<former@followthrough.acme.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"] == "Weekly digest <digest.followthrough.acme.example>"


def test_a_first_message_answers_nothing() -> None:
    mail = parsed(message())

    assert mail["In-Reply-To"] is None
    assert mail["References"] is None


@pytest.mark.parametrize("content", [batch(), digest(), invite()], ids=["batch", "digest", "invite"])
def test_equal_messages_give_equal_bytes(content: Batch | Digest | Invite) -> None:
    assert to_bytes(compose(message(content), SENDER)) == to_bytes(compose(message(content), SENDER))


def test_long_ids_stay_whole_so_that_threads_hold_together() -> None:
    long = f"<{'0' * 40}@{'mail-of-a-very-long-installation-name.' * 3}example.org>"
    raw = to_bytes(compose(message(digest(), message_id=long, in_reply_to=long), SENDER)).decode()

    for name in ("Message-ID", "In-Reply-To", "References"):
        assert f"{name}: {long}\r\n" in raw


@settings(deadline=None, max_examples=150)
@given(name=STRANGE, text=STRANGE, title=STRANGE, subject=STRANGE, why=STRANGE, ident=STRANGE)
def test_nothing_that_people_typed_adds_a_header_an_address_or_a_part(
    name: str, text: str, title: str, subject: str, why: str, ident: str
) -> None:
    told = step(item=item(text=text, post_mortem_title=title), why=why, role="lead", owner_name=name)
    usual = parsed(message())

    mail = parsed(
        message(batch(told, person_name=name), subject=subject, message_id=ident or "x", in_reply_to=""),
        Sender(name=name, address=SENDER.address),
    )

    assert [k.lower() for k in mail.keys()] == [k.lower() for k in usual.keys()]  # noqa: SIM118 (names repeat)
    assert [a.addr_spec for a in mail["To"].addresses] == ["alice@acme.example"]
    assert [a.addr_spec for a in mail["From"].addresses] == [SENDER.address]
    assert len(list(mail.walk())) == 3
    assert not re.search(r"[\r\n\u202a-\u202e\u2066-\u2069\x00]", str(mail["Subject"]) + str(mail["To"]))
    assert not mail.defects
    assert text_of(mail).count("ft waive reason") >= 1
    assert "<script" not in text_of(mail, "html")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        pytest.param("أمينة الزهراني", "أمينة الزهراني", id="Arabic"),
        pytest.param("Zoë 👩‍🚒", "Zoë 👩‍🚒", id="an emoji of three parts"),
        pytest.param("O'Neil, Bob", "O'Neil Bob", id="no comma in a header"),
        pytest.param("J. R. Smith", "J. R. Smith", id="dots stay"),
        pytest.param("x" * 500, "x" * 79 + "…", id="a name without end"),
        pytest.param("Müller, Jörg-Maximilian von der großen Straße <jm@evil.example>" * 2, None, id="long and sharp"),
        pytest.param("", "", id="no name"),
    ],
)
def test_a_name_arrives_as_one_name(written: str, shown: str | None) -> None:
    raw = to_bytes(compose(message(batch(person_name=written)), SENDER))
    # The older parser joins encoded words as RFC 2047 says; the newer one of some releases leaves a space in between.
    header = str(make_header(decode_header(email.message_from_bytes(raw)["To"])))
    ((name, address),) = getaddresses([header])

    assert address == "alice@acme.example"
    assert shown is None or name == shown


def test_a_subject_without_end_is_cut_at_a_word() -> None:
    subject = str(parsed(message(subject="Late: " + "queue depth " * 40))["Subject"])

    assert len(subject) <= 120
    assert subject.endswith(("queue…", "depth…"))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "alice",
        "alice@",
        "@acme.example",
        "a b@acme.example",
        "alice@acme.example\r\nBcc: x@y.example",
        "a@b..c",
        "alice@acme.example, bob@acme.example",
        '"a b"@acme.example',
        "alice@-acme.example",
    ],
)
def test_a_person_without_a_usable_address_is_undeliverable_and_named(address: str) -> None:
    with pytest.raises(Undeliverable, match=r"^alice has no usable mail address"):
        compose(message(address=address), SENDER)


def test_a_domain_in_another_script_goes_out_in_its_ascii_form() -> None:
    assert parsed(message(address="alice@bücher.example"))["To"].addresses[0].domain == "xn--bcher-kva.example"


def test_a_local_part_in_another_script_is_kept() -> None:
    raw = to_bytes(compose(message(address="عائشة@acme.example"), SENDER))

    assert "عائشة@acme.example".encode() in raw


def test_a_nudge_says_why_you_why_now_what_next_and_how_to_stop_it() -> None:
    text = text_of(parsed(message()))

    assert "Hello Alice Larsson," in text
    assert "Was due Tue 17 Nov 2026, 3 days ago · P1 · from “Checkout returned 500s”" in text
    assert "Why: You own this, and its date has passed." in text
    assert "Next: If nothing moves, your lead hears about it on Wed 25 Nov 2026." in text
    assert "So does closing the issue." in text
    for command in ("ft done what shows that it works", "ft due 2026-12-04 reason", "ft waive reason"):
        assert f"  {command}\n" in text


def test_each_item_is_linked_once() -> None:
    mail = parsed(message(batch(step(17), step(18))))

    for number in (17, 18):
        assert text_of(mail).count(f"/issues/{number}\n") == 1
        assert text_of(mail, "html").count(f'href="https://github.com/acme/pay/issues/{number}"') == 1


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_ids_are_never_shown_to_people(kind: str) -> None:
    for content in (batch(), digest(), invite()):
        shown = text_of(parsed(message(content)), kind)
        assert "3f9ac1d2" not in shown
        assert "9c1b7e55d0" not in shown


def test_the_text_of_a_confidential_item_stays_on_its_issue() -> None:
    secret = item(text="Rotate the leaked key", post_mortem_title="The breach", confidential=True)
    for content in (batch(step(item=secret)), digest(decide=(entry(item=secret),))):
        mail = parsed(message(content))
        for kind in ("plain", "html"):
            assert "leaked" not in text_of(mail, kind)
            assert "breach" not in text_of(mail, kind)
        assert "https://github.com/acme/pay/issues/17" in text_of(mail)


def test_one_who_owns_and_leads_reads_both_apart() -> None:
    other = step(18, role="lead", rung=1, owner_name="Bob", next_role="", next_on=None, why="You answer for payments.")
    text = text_of(parsed(message(batch(step(), other), kind="escalation")))

    assert "One action item of yours waits for a word from you, and one that you answer for may need a hand." in text
    assert (
        text.index("YOURS") < text.index("/issues/17") < text.index("YOU ANSWER FOR THESE") < text.index("/issues/18")
    )
    assert "Owner: Bob" in text
    assert "Nobody further up is told" in text
    assert "The owner heard first." in text


def test_a_lead_who_hears_first_is_not_told_that_the_owner_did() -> None:
    text = text_of(parsed(message(batch(step(role="lead", rung=0, owner_name="")))))

    assert "Nobody owns it yet" in text
    assert "The owner heard first." not in text


def test_an_item_without_an_issue_says_where_to_answer() -> None:
    text = text_of(parsed(message(batch(step(item=item(ref=None, url=""))))))

    assert "  acme/pay#12\n" in text
    assert "write the comment on the post-mortem acme/pay#12" in text


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "http://user:pw@evil.example/", "https://a b", "//x", "data:,x"]
)
def test_what_is_no_web_address_becomes_no_link(url: str) -> None:
    html = text_of(parsed(message(batch(step(item=item(url=url))))), "html")

    assert "<a " not in html
    assert "(acme/pay#17)" in html


def test_markup_in_an_item_is_shown_and_not_run() -> None:
    html = text_of(parsed(message(batch(step(item=item(text="<img src=x onerror=alert(1)> & 'more'"))))), "html")

    assert "<img" not in html
    assert "&lt;img src=x onerror=alert(1)&gt; &amp; 'more'" in html


def test_html_needs_no_image_and_knows_the_dark() -> None:
    for content in (batch(), digest(), invite()):
        html = text_of(parsed(message(content)), "html")
        assert "<img" not in html
        assert "url(" not in html
        assert "prefers-color-scheme:dark" in html
        assert 'name="viewport"' in html


@pytest.mark.parametrize(
    ("today", "proposed"),
    [
        pytest.param(date(2026, 11, 20), "2026-12-04", id="Friday to Friday"),
        pytest.param(date(2026, 11, 21), "2026-12-07", id="Saturday to Monday"),
        pytest.param(date(2026, 11, 22), "2026-12-07", id="Sunday to Monday"),
        pytest.param(date(2026, 12, 18), "2027-01-01", id="over the year's end"),
    ],
)
def test_the_proposed_date_is_two_weeks_on_and_no_weekend(today: date, proposed: str) -> None:
    assert f"ft due {proposed} reason" in text_of(parsed(message(batch(on=today))))


def test_a_digest_names_its_week_and_groups_what_waits() -> None:
    content = digest(
        overdue=(entry(18, note="9 days late", command=""),),
        upcoming=(entry(19),),
        reviews=("Checkout returned 500s: Tue 8 Dec 2026, 10:00",),
        gaps=("Nobody here is known as bobby",),
        trend="7 of 9 closed in time.",
        cut=4,
    )
    text = text_of(parsed(message(content)))

    assert "Your digest for week 47 (16 to 22 Nov 2026): 1 to decide, 1 past its date and 1 coming up." in text
    order = ["YOURS TO DECIDE (1)", "PAST THEIR DATE (1)", "COMING UP (1)", "FOLLOW-UP REVIEWS", "WORTH FIXING"]
    assert sorted(order, key=text.index) == order
    assert "  Copy: ft due 2026-12-04 reason\n" in text
    assert "4 more had no room here." in text


def test_a_digest_over_missed_weeks_says_so() -> None:
    text = text_of(parsed(message(digest(weeks=("2026-W52", "2026-W53", "2027-W01")))))

    assert "weeks 52 to 1 (21 Dec 2026 to 10 Jan 2027)" in text
    assert "no digest could be sent in between" in text


def test_a_digest_of_ten_thousand_items_stays_under_its_bound_and_counts_the_rest() -> None:
    many = tuple(entry(n, item=item(n, text="نص طويل جدا " * 40), note="é" * 500) for n in range(1, 2001))
    raw = to_bytes(
        compose(message(digest(decide=many, overdue=many, incomplete=many, upcoming=many, changed=many)), SENDER)
    )
    mail = email.message_from_bytes(raw, policy=default)
    shown = text_of(mail).count("* نص")
    more = sum(int(n) for n in re.findall(r"^and (\d+) more$", text_of(mail), re.MULTILINE))

    assert len(raw) < SIZE_LIMIT
    assert shown + more == 10_000
    assert "YOURS TO DECIDE (2000)" in text_of(mail)


def test_a_batch_without_end_stays_under_its_bound_and_counts_the_rest() -> None:
    mail = parsed(message(batch(*(step(n) for n in range(1, 1001)))))
    raw = to_bytes(compose(message(batch(*(step(n) for n in range(1, 1001)))), SENDER))

    assert len(raw) < SIZE_LIMIT
    assert text_of(mail).count("  Why: ") == 10
    assert text_of(mail).count("\n* ") + int(re.findall(r"and (\d+) more", text_of(mail))[0]) == 1000


def test_a_sender_without_an_address_is_a_wrong_configuration() -> None:
    with pytest.raises(ValueError, match=r"mail\.from"):
        compose(message(), Sender(name="F", address="nowhere"))


def test_a_date_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        compose(message(date=datetime(2026, 11, 20)), SENDER)  # noqa: DTZ001 (that is the point)


def test_the_date_is_told_in_utc_whatever_zone_it_came_in() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=9)))

    assert to_bytes(compose(message(date=there), SENDER)) == to_bytes(compose(message(date=NOW), SENDER))


def test_an_item_of_jira_is_placed_by_its_key() -> None:
    there = item(ref=IssueRef("jira", "OPS-7"), url="")

    assert "  OPS-7\n" in text_of(parsed(message(batch(step(item=there)))))


def test_a_review_in_the_past_century_is_still_a_message() -> None:
    old = replace(invite().review, start=datetime(1999, 1, 5, 9, tzinfo=UTC))

    assert "Tue 5 Jan 1999, 10:00 (Europe/Berlin)" in text_of(parsed(message(invite(review=old))))


def test_a_digest_that_can_be_ended_says_so_to_the_mail_program() -> None:
    url = f"https://ft.acme.example/unsubscribe/{'a1_-' * 60}"
    raw = to_bytes(compose(message(digest(), unsubscribe=url), SENDER))
    mail = email.message_from_bytes(raw, policy=default)

    assert mail["List-Unsubscribe"] == f"<{url}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("address", ["", "javascript:alert(1)", "https://x.example/\r\nBcc: all@acme.example"])
def test_what_is_no_address_is_no_header(address: str) -> None:
    mail = parsed(message(digest(), unsubscribe=address))

    assert mail["List-Unsubscribe"] is None
    assert mail["Bcc"] is None
