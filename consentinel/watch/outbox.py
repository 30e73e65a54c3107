"""Hands over what is to be told: with growing pauses while a receiver is away, and never twice after a restart."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256

from consentinel.watch.channels.base import Channel, DeliveryError
from consentinel.watch.history import Delivery, History, Parcel
from consentinel.watch.messages import Message

log = logging.getLogger(__name__)

FIRST_PAUSE = 30.0
LONGEST_PAUSE = 3600.0


def parcel(message: Message, *, run: str, target: str, now: datetime) -> Parcel:
    key = sha256(f"{run}\n{target}".encode()).hexdigest()[:32]
    return Parcel(key=key, target=target, message=message, attempts=0, due=now, state=Delivery.WAITING)


def pause(attempts: int) -> float:
    """Seconds to wait after the `attempts`-th try failed: 30 s doubled each time, an hour at most."""
    return min(FIRST_PAUSE * 2.0 ** (attempts - 1), LONGEST_PAUSE)


def take_up(history: History, channels: Mapping[str, Channel]) -> None:
    """Once at the start: what the last process was sending when it ended is repeated only where that is harmless."""
    for row in history.undelivered():
        channel = channels.get(row.target)
        if channel is None:
            log.warning("a message for %s is given up: it is not configured any more", row.target)
            history.mark(row, state=Delivery.GIVEN_UP, attempts=row.attempts, error="not configured any more")
        elif row.state is Delivery.SENDING and not channel.repeatable:
            log.warning("%s: whether the message of run %s arrived is not known", row.target, row.message.change.run)
            history.mark(row, state=Delivery.UNKNOWN, attempts=row.attempts, error="the process ended while sending")


def deliver(history: History, channels: Mapping[str, Channel], *, now: datetime, attempts: int) -> datetime | None:
    """Sends what is due. When the next try is due; None: nothing is left to send."""
    for row in history.undelivered():
        if row.due <= now and row.target in channels:
            _try(row, channels[row.target], history, now=now, most=attempts)
    left = [row.due for row in history.undelivered() if row.target in channels]
    return min(left, default=None)


def _try(row: Parcel, channel: Channel, history: History, *, now: datetime, most: int) -> None:
    tried = row.attempts + 1
    history.mark(row, state=Delivery.SENDING, attempts=tried)
    try:
        channel.send(row.message, key=row.key)
    except DeliveryError as error:
        if error.again and tried < most:
            due = now + timedelta(seconds=max(pause(tried), error.after or 0))
            log.info(
                "%s: %s; try %d of %d at %s", row.target, error, tried + 1, most, due.isoformat(timespec="seconds")
            )
            history.mark(row, state=Delivery.WAITING, attempts=tried, due=due, error=str(error))
        else:
            log.error("%s: the message of run %s is given up: %s", row.target, row.message.change.run, error)
            history.mark(row, state=Delivery.GIVEN_UP, attempts=tried, error=str(error))
    else:
        history.mark(row, state=Delivery.DELIVERED, attempts=tried)
