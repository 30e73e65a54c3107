"""A signed JSON document by POST, as the Standard Webhooks specification has it, so that ready libraries verify it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Iterator, Mapping
from typing import Self

from consentinel.watch.channels.base import Channel, DeliveryError, secret
from consentinel.watch.channels.posting import post
from consentinel.watch.messages import Message
from consentinel.watch.sections import NotifySection, WebhookTarget
from crawler.observations import Record

PREFIX = "whsec_"
"""A secret that begins so is base64; any other is taken as it stands."""


class Payload(Record):
    """The body. `version` changes when a field is removed or changes its meaning."""

    format: str = "consentinel-change"
    version: str = "1"
    key: str
    """The same at every try."""
    message: Message


class Webhook(Channel):
    kind = "webhook"
    repeatable = True

    def __init__(self, target: WebhookTarget, *, url: str, secret: str) -> None:
        super().__init__(target)
        self._url = url
        self._secret = secret

    @classmethod
    def configured(cls, section: NotifySection, environment: Mapping[str, str]) -> Iterator[Self]:
        for target in section.webhooks:
            url, key = secret(target.url_env, environment), secret(target.secret_env, environment)
            yield cls(target, url=url, secret=key)

    def send(self, message: Message, *, key: str) -> None:
        body = Payload(key=key, message=message).model_dump_json().encode()
        moment = str(int(time.time()))  # of this try: receivers refuse old ones
        headers = {
            "webhook-id": key,
            "webhook-timestamp": moment,
            "webhook-signature": signature(self._secret, key=key, moment=moment, body=body),
        }
        post(self._url, body, headers)


def signature(secret: str, *, key: str, moment: str, body: bytes) -> str:
    """`v1,` and base64 of HMAC-SHA256 over `key.moment.body`. Raises DeliveryError for a broken secret."""
    try:
        raw = (
            base64.b64decode(secret.removeprefix(PREFIX), validate=True)
            if secret.startswith(PREFIX)
            else secret.encode()
        )
    except binascii.Error as error:
        raise DeliveryError(f"the signing secret begins with {PREFIX} but is no base64", again=False) from error
    signed = hmac.new(raw, b".".join((key.encode(), moment.encode(), body)), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"
