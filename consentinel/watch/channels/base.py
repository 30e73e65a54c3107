"""What a channel must do: hand one message over, or say whether another try makes sense."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import ClassVar, Self

from consentinel.watch.messages import Message
from consentinel.watch.sections import NotifySection
from crawler.observations import Record

CAP = 15.0
"""Seconds that a receiver may take to answer."""


class DeliveryError(Exception):
    """The message was not taken. `again` is False when another try would fail as well."""

    def __init__(self, sentence: str, *, again: bool, after: float | None = None) -> None:
        super().__init__(sentence)
        self.again = again
        self.after = after
        """Seconds that the receiver asks to wait."""


class Channel(ABC):
    kind: ClassVar[str]
    repeatable: ClassVar[bool]
    """The receiver can tell a second copy by its key: an interrupted try may be repeated."""

    def __init__(self, target: Record) -> None:
        digest = blake2b(target.model_dump_json().encode(), digest_size=6).hexdigest()
        self.id = f"{self.kind}-{digest}"
        """Of the target as configured; no secret is in it, because none is in the configuration."""

    @classmethod
    @abstractmethod
    def configured(cls, section: NotifySection, environment: Mapping[str, str]) -> Iterator[Self]:
        """Raises SecretError."""

    @abstractmethod
    def send(self, message: Message, *, key: str) -> None:
        """Raises DeliveryError."""


class SecretError(Exception):
    """An environment variable that the configuration names is not set."""


def secret(name: str, environment: Mapping[str, str]) -> str:
    value = environment.get(name, "")
    if not value:
        raise SecretError(f"notify: the environment variable {name} is not set; it must hold the secret")
    return value
