"""Mail into a folder, where there is no mail server."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from icalendar import Calendar

from tests.channels.build import NOW, SENDER, digest, invite, message
from worker.channels.mail import FolderNotifier, SmtpNotifier, notifier_for
from worker.channels.mime import compose, to_bytes
from worker.channels.port import ChannelUnavailable, Undeliverable


def test_a_folder_gets_one_file_a_message_named_by_time(tmp_path: Path) -> None:
    folder = FolderNotifier(tmp_path / "mail", SENDER)
    folder.send(message(digest(), date=NOW + timedelta(days=3), occurrence="digest:lena:2026-W47"))
    folder.send(message())

    names = sorted(p.name for p in (tmp_path / "mail").iterdir())
    assert len(names) == 2
    assert re.fullmatch(r"2026-11-20T0800Z_nudge-alice-2026-11-20_[0-9a-f]{8}\.eml", names[0])
    assert re.fullmatch(r"2026-11-23T0800Z_digest-lena-2026-W47_[0-9a-f]{8}\.eml", names[1])
    assert (tmp_path / "mail" / names[0]).read_bytes() == to_bytes(compose(message(), SENDER))


def test_the_same_occurrence_sent_again_stays_one_file(tmp_path: Path) -> None:
    folder = FolderNotifier(tmp_path, SENDER)
    folder.send(message())
    folder.send(message(date=NOW + timedelta(hours=2)))

    (file,) = tmp_path.iterdir()
    assert b"10:00:00 +0000" in file.read_bytes()


def test_occurrences_that_look_alike_have_their_own_files(tmp_path: Path) -> None:
    folder = FolderNotifier(tmp_path, SENDER)
    for occurrence in ("invite/a/1/x", "invite/a-1/x", "../../etc/passwd", "ناقوس/1", "جرس/1"):
        folder.send(message(occurrence=occurrence))

    assert len(list(tmp_path.iterdir())) == 5


def test_an_invite_leaves_its_calendar_file_beside_the_mail(tmp_path: Path) -> None:
    FolderNotifier(tmp_path, SENDER).send(message(invite()))

    eml, ics = sorted(tmp_path.iterdir())
    assert (eml.suffix, ics.suffix) == (".eml", ".ics")
    assert eml.stem == ics.stem
    assert Calendar.from_ical(ics.read_bytes())["METHOD"] == "REQUEST"


def test_a_folder_that_cannot_be_is_a_channel_that_is_away(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(ChannelUnavailable, match="can't write mail into"):
        FolderNotifier(tmp_path / "file" / "mail", SENDER).send(message())


def test_a_folder_refuses_whom_mail_would_refuse(tmp_path: Path) -> None:
    with pytest.raises(Undeliverable):
        FolderNotifier(tmp_path, SENDER).send(message(address=""))

    assert list(tmp_path.iterdir()) == []


def test_without_a_mail_server_mail_goes_to_the_folder(tmp_path: Path) -> None:
    assert isinstance(notifier_for("", tmp_path, "Followthrough <ft@acme.example>"), FolderNotifier)
    assert isinstance(notifier_for("smtp://127.0.0.1", tmp_path, SENDER), SmtpNotifier)
    with pytest.raises(ValueError, match="no sender"):
        notifier_for("", tmp_path, "nobody")
