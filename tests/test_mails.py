"""Samples of e-mails: what opening one would fetch, told without fetching anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from classifiers.mails import MailError, parse_mail, read_mails
from consentinel.cli import app
from tests.recording import stored

EML = """\
From: Shop <news@shop.example>
To: ada@example.com
Subject: Chairs in oak
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain

New chairs: https://t.mailer.example/click?u=1
--b
Content-Type: text/html; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

<p>Ch=E2ises</p><img src=3D"https://t.mailer.example/open/{token}.gif" width=3D1 height=3D"1px">
<img src=3D"data:image/gif;base64,R0lGODlh"><img src=3D"cid:logo">
<td background=3D"//cdn.shop.example/oak.png"></td><div style=3D"background: url('http://cdn.shop.example/b.png')">
--b--
"""


def test_all_remote_pictures_of_the_html_part_are_told_and_no_others() -> None:
    mail = parse_mail(EML.format(token="8f3a9c1e77b2").encode(), file="a.eml")
    assert [(one.host, one.shows_nothing) for one in mail.pictures] == [
        ("t.mailer.example", True),
        ("cdn.shop.example", False),
        ("cdn.shop.example", False),
    ]
    assert mail.pictures[0].tokens == ("path",)
    assert mail.unread is None


@pytest.mark.parametrize(
    ("markup", "unseen"),
    [
        ('width="1" height="1"', True),
        ('width="3" height="3"', True),
        ('width="4" height="1"', False),
        ('width="1"', False),
        ('style="display: none"', True),
        ('style="width:1px;height:1px" width="200" height="60"', True),
        ('style="opacity:0"', True),
        ('style="opacity:0.9"', False),
        ("hidden", True),
        ('width="100%" height="1"', False),
    ],
)
def test_what_shows_nothing_is_told_by_its_size_and_style(markup: str, unseen: bool) -> None:
    (picture,) = parse_mail(f'<img src="https://a.example/p.gif" {markup}>'.encode(), file="a.html").pictures
    assert picture.shows_nothing is unseen


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/o/8f3a9c1e77.gif", "https://a.example/o/11c09ad3ee.gif", True),
        ("https://a.example/o/17", "https://a.example/o/18", True),
        ("https://a.example/p?u=1&c=2", "https://a.example/p?c=9&u=7", True),
        ("https://a.example/p?u=1", "https://a.example/p?c=1", False),
        ("https://a.example/oak.png", "https://a.example/elm.png", False),
    ],
)
def test_copies_of_one_picture_are_recognised_by_their_template(one: str, other: str, same: bool) -> None:
    first, second = (parse_mail(f'<img src="{url}">'.encode(), file="a.html").pictures[0] for url in (one, other))
    assert (first.template == second.template) is same


def test_a_sample_that_cannot_be_decoded_says_so() -> None:
    text = EML.format(token="x").replace("iso-8859-1", "x-nowhere")
    mail = parse_mail(text.encode(), file="a.eml")
    assert mail.unread is not None
    assert "x-nowhere" in mail.unread


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.eml", "", "a.eml: is empty"),
        ("a.eml", "hello", "a.eml:1: has no header of an e-mail"),
        ("a.msg", "x", "a.msg: is not a sample of an e-mail; accepted: .eml, .html"),
    ],
)
def test_what_is_no_sample_is_refused_with_its_name(tmp_path: Path, name: str, content: str, told: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(MailError, match=told):
        read_mails([tmp_path / name])


def test_a_folder_stands_for_its_samples_and_an_empty_one_for_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(MailError, match="holds no sample"):
        read_mails([tmp_path])
    (tmp_path / "a.html").write_text("<p>")
    (tmp_path / "notes.txt").write_text("x")
    assert [mail.file for mail in read_mails([tmp_path, tmp_path / "a.html"])] == [str(tmp_path / "a.html")]


def test_samples_are_judged_beside_a_scan(tmp_path: Path) -> None:
    for name in ("8f3a9c1e77b2", "11c09ad3ee40"):
        (tmp_path / f"{name}.eml").write_text(EML.format(token=name))
    stored(tmp_path)
    asked = ["classify", str(tmp_path), "--mail", str(tmp_path), "--json"]
    done = CliRunner().invoke(app, asked)
    assert '"rule":"BCN-004"' in done.output.replace(" ", ""), done.output[-2000:]
    assert "2 samples of e-mails were looked at" in done.output
    missing = CliRunner().invoke(app, ["classify", str(tmp_path), "--mail", str(tmp_path / "no.eml")])
    assert missing.exit_code == 2
