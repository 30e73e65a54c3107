"""An incoming webhook in Slack's form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Self

import orjson

from consentinel.watch.channels.base import Channel, secret
from consentinel.watch.channels.posting import post
from consentinel.watch.messages import Message
from consentinel.watch.sections import NotifySection, SlackTarget

LONGEST = 2800
"""Characters; a section takes 3000, and escaping lengthens."""
HEADER = 150


class Slack(Channel):
    kind = "slack"
    repeatable = False

    def __init__(self, target: SlackTarget, *, url: str) -> None:
        super().__init__(target)
        self._url = url

    @classmethod
    def configured(cls, section: NotifySection, environment: Mapping[str, str]) -> Iterator[Self]:
        for target in section.slack:
            yield cls(target, url=secret(target.url_env, environment))

    def send(self, message: Message, *, key: str) -> None:
        del key  # Slack knows none
        post(self._url, slack_body(message), {})


def slack_body(message: Message) -> bytes:
    """`text` is what notifications and other readers of the form show; plain text, so that nothing in it is a link."""
    room = message.body[:LONGEST]
    body = room if room == message.body else f"{room.rpartition(chr(10))[0]}\n…"
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": message.title[:HEADER], "emoji": False}},
        {"type": "section", "text": {"type": "plain_text", "text": body, "emoji": False}},
    ]
    return orjson.dumps({"text": _escaped(f"{message.title}\n{body}"), "blocks": blocks, "unfurl_links": False})


def _escaped(text: str) -> str:
    """Slack's three: without them `<!channel>` in a cookie's name would call everybody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
