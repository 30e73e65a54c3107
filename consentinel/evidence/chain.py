"""The event log: every recorded event on a line, each line sealed with the digest of all before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

import orjson

from crawler.observations import Record
from crawler.visits import Scan, Visit

START = "0" * 64
_SIGHTINGS = {"cookies", "storage", "requests", "behaviours", "markup"}


class VisitSeal(Record):
    """Where the chain stood when a visit was through: two logs can be compared visit by visit."""

    visit: str
    events: int
    seal: str


class Log(Record):
    text: bytes
    """JSON lines `{"seal": …, "visit": …, "kind": …, "event": …}`; seal = SHA-256 of the seal before and the rest."""
    visits: tuple[VisitSeal, ...]
    seal: str


def event_log(scan: Scan, visits: Sequence[Visit]) -> Log:
    """The scan, then visit by visit in order of time: its own record, then its sightings as they arrived."""
    lines: list[bytes] = []
    seals: list[VisitSeal] = []
    last = _append(lines, START, _line(None, "scan", scan))
    for visit in sorted(visits, key=lambda visit: (visit.started, visit.id)):
        before = len(lines)
        for line in _events(visit):
            last = _append(lines, last, line)
        seals.append(VisitSeal(visit=visit.id, events=len(lines) - before, seal=last))
    return Log(text=b"".join(lines), visits=tuple(seals), seal=last)


def broken_at(text: bytes) -> int | None:
    """Number of the first line whose seal does not fit, counted from 1; None: all fit."""
    last = START
    for number, line in enumerate(text.splitlines(), start=1):
        seal, rest = line[9:73].decode(errors="replace"), b"{" + line[75:]
        if not line.startswith(b'{"seal":"') or _seal(last, rest) != seal:
            return number
        last = seal
    return None


def _events(visit: Visit) -> Iterator[bytes]:
    yield _line(visit.id, "visit", visit, without=_SIGHTINGS)
    for sighting in visit.sightings():
        yield _line(visit.id, sighting.kind, sighting)


def _line(visit: str | None, kind: str, record: Record, *, without: set[str] | None = None) -> bytes:
    # Defaults are left out: a field that a later version adds must not break the seals of what was recorded before.
    event = record.model_dump(mode="json", exclude=without, exclude_defaults=True)
    return orjson.dumps({"visit": visit, "kind": kind, "event": event})


def _append(lines: list[bytes], last: str, rest: bytes) -> str:
    seal = _seal(last, rest)
    lines.append(b'{"seal":"' + seal.encode() + b'",' + rest[1:] + b"\n")
    return seal


def _seal(last: str, rest: bytes) -> str:
    return sha256(last.encode() + b"\n" + rest).hexdigest()
