"""Telling somebody: over real loopback servers, with retry, and never twice after a restart."""

from __future__ import annotations

import base64
import email
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from consentinel.config import ConfigurationError
from consentinel.watch.changes import Change, Known, Result, ToldFinding, ToldItem
from consentinel.watch.channels.base import Channel, DeliveryError
from consentinel.watch.history import Delivery, History
from consentinel.watch.messages import Message, message_of
from consentinel.watch.outbox import deliver, parcel, pause, take_up
from consentinel.watch.plans import channels
from consentinel.watch.sections import MailTarget, NotifySection, SlackTarget, WebhookTarget

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"a secret of some length").decode()


@dataclass
class Arrived:
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Receiver:
    """A server that answers each POST with the next status; the last one stays."""

    statuses: list[int] = field(default_factory=lambda: [200])
    headers: tuple[tuple[str, str], ...] = ()
    arrived: list[Arrived] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    mine = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            mine.arrived.append(Arrived({name.lower(): value for name, value in self.headers.items()}, body))
            status = mine.statuses.pop(0) if len(mine.statuses) > 1 else mine.statuses[0]
            self.send_response(status)
            for name, value in mine.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Tests look at `arrived`."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        mine.url = f"http://127.0.0.1:{server.server_port}/hook/T0P"
        yield mine
        server.shutdown()


@dataclass
class Mailbox:
    letters: list[Envelope] = field(default_factory=list)
    logins: list[LoginPassword] = field(default_factory=list)
    answer: str = "250 taken"
    port: int = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  its name there
        del server, session
        if self.answer.startswith("250"):
            self.letters.append(envelope)
        return self.answer

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, kind: str, given: object) -> AuthResult:
        del server, session, envelope, kind
        assert isinstance(given, LoginPassword)
        self.logins.append(given)
        return AuthResult(success=given.password == b"open sesame", handled=False)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        box.port = free.getsockname()[1]
    controller = Controller(
        box, hostname="127.0.0.1", port=box.port, authenticator=box.authenticate, auth_require_tls=False
    )
    controller.start()
    yield box
    controller.stop()


def a_message(name: str = "_ga") -> Message:
    change = Change(
        scan="nightly",
        run="r1",
        site="shop.example",
        at=NOW,
        before=Result.PASSED,
        result=Result.FINDINGS,
        sentence="Failed: 1 finding at or above high.",
        new_findings=(
            ToldFinding(
                rule="CONSENT-001",
                severity="high",
                observation=f"The cookie {name} was stored before a choice.",
                fingerprint="f" * 64,
                caused_by=("https://shop.example/", "https://tags.example/gtm.js"),
            ),
        ),
        new_items=(ToldItem(kind="cookie", name=name, domain="shop.example"),),
    )
    return message_of(change, report="/history/nightly/r1/report.html")


def one(section: NotifySection, **environment: str) -> Channel:
    (channel,) = channels(section, environment).values()
    return channel


def webhook(url: str) -> Channel:
    section = NotifySection(webhooks=(WebhookTarget(url_env="HOOK", secret_env="KEY"),))
    return one(section, HOOK=url, KEY=SECRET)


def mail(box: Mailbox, **more: object) -> Channel:
    target = MailTarget.model_validate(
        {"host": "127.0.0.1", "port": box.port, "security": "none", "sender": "audit@shop.example", **more}
        | ({} if "to" in more else {"to": ("team@shop.example",)})
    )
    return one(NotifySection(mail=(target,)), MAIL_USER="audit", MAIL_PASSWORD="open sesame")


def test_a_webhook_is_signed_as_standard_webhooks_says(receiver: Receiver) -> None:
    webhook(receiver.url).send(a_message(), key="k1")
    (got,) = receiver.arrived
    signed = b".".join((b"k1", got.headers["webhook-timestamp"].encode(), got.body))
    expected = hmac.new(b"a secret of some length", signed, hashlib.sha256).digest()
    assert got.headers["webhook-signature"] == f"v1,{base64.b64encode(expected).decode()}"
    assert got.headers["webhook-id"] == "k1"
    document = json.loads(got.body)
    assert document["format"] == "consentinel-change"
    assert document["key"] == "k1"
    assert document["message"]["change"]["new_findings"][0]["rule"] == "CONSENT-001"
    assert document["message"]["change"]["result"] == "findings"


def test_slack_gets_text_in_which_nothing_comes_alive(receiver: Receiver) -> None:
    channel = one(NotifySection(slack=(SlackTarget(url_env="HOOK"),)), HOOK=receiver.url)
    channel.send(a_message(name="<!channel>"), key="k1")
    document = json.loads(receiver.arrived[0].body)
    assert "shop.example" in document["text"]
    assert "<!channel>" not in document["text"]
    assert "&lt;!channel&gt;" in document["text"]
    assert {block["text"]["type"] for block in document["blocks"]} == {"plain_text"}
    assert all(len(block["text"]["text"]) <= 3000 for block in document["blocks"])


def test_a_letter_arrives_whole_and_can_be_told_from_a_second_copy(mailbox: Mailbox) -> None:
    mail(mailbox, user_env="MAIL_USER", password_env="MAIL_PASSWORD").send(a_message(name="ключ"), key="k1")
    (envelope,) = mailbox.letters
    assert envelope.rcpt_tos == ["team@shop.example"]
    assert isinstance(envelope.content, bytes)
    letter = email.message_from_bytes(envelope.content, policy=policy.default)
    assert letter["Message-ID"] == "<k1@shop.example>"
    assert letter["Subject"] == "Consentinel: shop.example: findings (before: passed)"
    assert "ключ" in letter.get_content()
    assert [given.login for given in mailbox.logins] == [b"audit"]


def test_words_from_a_site_cannot_add_headers_to_a_letter(mailbox: Mailbox) -> None:
    change = a_message().change.model_copy(update={"site": "shop.example\r\nBcc: all@shop.example"})
    mail(mailbox).send(message_of(change, report="r"), key="k1")
    content = mailbox.letters[0].content
    assert isinstance(content, bytes)
    assert email.message_from_bytes(content, policy=policy.default)["Bcc"] is None


@pytest.mark.parametrize(("status", "again"), [(500, True), (503, True), (429, True), (400, False), (410, False)])
def test_the_answer_tells_whether_another_try_makes_sense(receiver: Receiver, status: int, again: bool) -> None:
    receiver.statuses = [status]
    with pytest.raises(DeliveryError) as told:
        webhook(receiver.url).send(a_message(), key="k1")
    assert told.value.again is again
    assert "T0P" not in str(told.value), "paths of incoming webhooks are secrets"


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.statuses = [302]
    receiver.headers = (("Location", receiver.url),)
    with pytest.raises(DeliveryError, match="answered 302"):
        webhook(receiver.url).send(a_message(), key="k1")
    assert len(receiver.arrived) == 1


@pytest.mark.parametrize(("answer", "again"), [("451 later", True), ("550 never", False)])
def test_a_mail_server_tells_whether_another_try_makes_sense(mailbox: Mailbox, answer: str, again: bool) -> None:
    mailbox.answer = answer
    with pytest.raises(DeliveryError) as told:
        mail(mailbox).send(a_message(), key="k1")
    assert told.value.again is again


def test_a_wrong_password_is_not_tried_again(mailbox: Mailbox) -> None:
    with pytest.raises(DeliveryError) as told:
        one(
            NotifySection(
                mail=(
                    MailTarget(
                        host="127.0.0.1",
                        port=mailbox.port,
                        security="none",
                        user_env="U",
                        password_env="P",
                        sender="a@shop.example",
                        to=("b@shop.example",),
                    ),
                )
            ),
            U="audit",
            P="wrong",
        ).send(a_message(), key="k1")
    assert told.value.again is False
    assert "wrong" not in str(told.value)


def test_nobody_sends_a_password_where_encryption_was_asked_for_and_is_not_there(mailbox: Mailbox) -> None:
    with pytest.raises(DeliveryError):
        mail(mailbox, security="starttls", user_env="MAIL_USER", password_env="MAIL_PASSWORD").send(
            a_message(), key="k1"
        )
    assert mailbox.logins == []


def test_a_secret_that_is_not_set_is_named_before_anything_runs() -> None:
    section = NotifySection(webhooks=(WebhookTarget(url_env="HOOK", secret_env="KEY"),))
    with pytest.raises(ConfigurationError, match="the environment variable KEY is not set"):
        channels(section, {"HOOK": "https://hook.example"})


def a_history(folder: Path, *targets: str) -> History:
    """With one settled run and a message for each target."""
    history = History.open(folder)
    run = history.begin("nightly", at=NOW)
    parcels = [parcel(a_message(), run=run, target=target, now=NOW) for target in targets]
    history.settle(run, scan="nightly", at=NOW, result=Result.FINDINGS, sentence="…", known=Known(), parcels=parcels)
    return history


def test_a_receiver_that_is_away_is_tried_again_with_growing_pauses(tmp_path: Path, receiver: Receiver) -> None:
    receiver.statuses = [503, 503, 200]
    channel = webhook(receiver.url)
    mine = {channel.id: channel}
    with a_history(tmp_path, channel.id) as history:
        second = deliver(history, mine, now=NOW, attempts=8)
        assert second == NOW + timedelta(seconds=30)
        assert deliver(history, mine, now=NOW + timedelta(seconds=29), attempts=8) == second
        assert len(receiver.arrived) == 1, "not before its time"
        third = deliver(history, mine, now=second, attempts=8)
        assert third == second + timedelta(seconds=60)
        assert deliver(history, mine, now=third, attempts=8) is None
        assert deliver(history, mine, now=third + timedelta(days=1), attempts=8) is None
        (row,) = history.parcels()
    assert row.state is Delivery.DELIVERED
    assert len(receiver.arrived) == 3
    assert len({got.headers["webhook-id"] for got in receiver.arrived}) == 1, "one key for all tries"


def test_pauses_grow_up_to_an_hour() -> None:
    assert [pause(tries) for tries in (1, 2, 3, 20)] == [30, 60, 120, 3600]


def test_the_receiver_may_ask_for_a_longer_pause(tmp_path: Path, receiver: Receiver) -> None:
    receiver.statuses, receiver.headers = [429], (("Retry-After", "120"),)
    channel = webhook(receiver.url)
    with a_history(tmp_path, channel.id) as history:
        assert deliver(history, {channel.id: channel}, now=NOW, attempts=8) == NOW + timedelta(seconds=120)


@pytest.mark.parametrize(("status", "tries"), [(503, 3), (400, 1)])
def test_a_message_that_nobody_takes_is_given_up_and_kept(
    tmp_path: Path, receiver: Receiver, status: int, tries: int
) -> None:
    receiver.statuses = [status]
    channel = webhook(receiver.url)
    with a_history(tmp_path, channel.id) as history:
        due: datetime | None = NOW
        while due is not None:
            due = deliver(history, {channel.id: channel}, now=due, attempts=3)
        (row,) = history.parcels()
    assert row.state is Delivery.GIVEN_UP
    assert row.attempts == len(receiver.arrived) == tries
    assert str(status) in row.error


def test_what_was_delivered_is_not_delivered_again_after_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    channel = webhook(receiver.url)
    with a_history(tmp_path, channel.id) as history:
        deliver(history, {channel.id: channel}, now=NOW, attempts=8)
    with History.open(tmp_path) as history:
        take_up(history, {channel.id: channel})
        deliver(history, {channel.id: channel}, now=NOW + timedelta(days=1), attempts=8)
    assert len(receiver.arrived) == 1


def test_what_was_waiting_is_delivered_after_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    channel = webhook(receiver.url)
    a_history(tmp_path, channel.id).__exit__(None, None, None)
    with History.open(tmp_path) as history:
        take_up(history, {channel.id: channel})
        assert deliver(history, {channel.id: channel}, now=NOW, attempts=8) is None
    assert len(receiver.arrived) == 1


def test_an_interrupted_try_is_repeated_only_where_a_second_copy_can_be_told(
    tmp_path: Path, receiver: Receiver
) -> None:
    keyed = webhook(receiver.url)
    keyless = one(NotifySection(slack=(SlackTarget(url_env="HOOK"),)), HOOK=receiver.url)
    mine = {keyed.id: keyed, keyless.id: keyless}
    with a_history(tmp_path, *mine) as history:
        for row in history.undelivered():  # as a process leaves it that ends in the middle of sending
            history.mark(row, state=Delivery.SENDING, attempts=1)
    with History.open(tmp_path) as history:
        take_up(history, mine)
        deliver(history, mine, now=NOW, attempts=8)
        states = {row.target: row.state for row in history.parcels()}
        keys = {row.target: row.key for row in history.parcels()}
    assert states == {keyed.id: Delivery.DELIVERED, keyless.id: Delivery.UNKNOWN}
    assert [got.headers.get("webhook-id") for got in receiver.arrived] == [keys[keyed.id]]


def test_a_target_that_is_gone_from_the_configuration_is_given_up(tmp_path: Path) -> None:
    with a_history(tmp_path, "webhook-0000") as history:
        take_up(history, {})
        assert [row.state for row in history.parcels()] == [Delivery.GIVEN_UP]


def test_no_secret_is_in_the_history(tmp_path: Path, receiver: Receiver) -> None:
    receiver.statuses = [503]
    channel = webhook(receiver.url)
    with a_history(tmp_path, channel.id) as history:
        deliver(history, {channel.id: channel}, now=NOW, attempts=8)
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"T0P" not in written
    assert SECRET.encode() not in written
    assert channel.id.encode() in written
