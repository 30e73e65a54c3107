"""The jar as a witness: which writes are in it, what nobody saw being written, and which writes never got there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from crawler.browser.cdp import Json
from crawler.browser.cookie_lines import AskedCookie
from crawler.browser.cookie_writes import CookieWrite, Slot, partition_of, place_of_domain
from crawler.browser.exchanges import Hop
from crawler.browser.recorder import Moment, Recorder
from crawler.browser.values import Digester
from crawler.observations import CookieWitness, Operation

_CROWDED: Final = 150
"""Cookies of one host from which on absence proves nothing: the browser throws old ones out (its limit is 180)."""


class JarReader:
    def __init__(self, writes: list[CookieWrite], *, recorder: Recorder, digester: Digester) -> None:
        self._writes = writes
        self._recorder = recorder
        self._digester = digester

    def compare(self, jar: Sequence[Json], before: Moment, *, wiped: Sequence[Moment], hops: Sequence[Hop]) -> None:
        """`before`: the moment at which the jar was asked for. Finds that have no author are added to the writes."""
        found: set[int] = set()
        by_host: dict[str, int] = {}
        authors: dict[tuple[str, str], list[CookieWrite]] = {}
        for write in reversed(self._writes):
            authors.setdefault((write.asked.name, write.asked.domain), []).append(write)
        for cookie in jar:
            domain = cookie["domain"].lstrip(".")
            by_host[domain] = by_host.get(domain, 0) + 1
            author = self._author(cookie, authors.get((cookie["name"], domain), ()))
            write = author or self._unwitnessed(cookie, before, hops)
            found.add(id(write))
            if CookieWitness.JAR not in write.witnesses:
                write.witnesses.append(CookieWitness.JAR)
            write.ever_in_jar, write.stored = True, True
            written = self._recorder.wall(write.moment.at).timestamp()
            write.kept = None if cookie["expires"] < 0 else round(cookie["expires"] - written, 3)
            write.partition_key = partition_of(cookie.get("partitionKey")) or write.partition_key
        for history in self._histories(before).values():
            newest = history[-1]
            if id(newest) in found or newest.deletes or newest.ever_in_jar or not newest.url:
                continue
            expired = newest.asked.lifetime is not None and newest.asked.lifetime <= before.at - newest.moment.at
            gone = any(moment.order > newest.moment.order for moment in wiped)
            if expired or gone or by_host.get(newest.asked.domain, 0) >= _CROWDED:
                continue
            for write in reversed(history):  # had an earlier one been kept, its value would be in the jar
                if write.deletes or write.ever_in_jar:
                    break
                write.missing = True

    def _author(self, cookie: Json, newest_first: Sequence[CookieWrite]) -> CookieWrite | None:
        """The newest write that could have left this cookie with this value."""
        value = self._digester.value(cookie["value"]).digest
        for write in newest_first:
            if write.refused or write.deletes or write.value.digest != value:
                continue
            if _same_path(write, cookie["path"]):
                return write
        return None

    def _unwitnessed(self, cookie: Json, before: Moment, hops: Sequence[Hop]) -> CookieWrite:
        """In the jar, but nobody saw it being written: by a channel that DevTools does not show."""
        domain: str = cookie["domain"]
        asked = AskedCookie(
            name=cookie["name"],
            value="",
            domain=domain.lstrip("."),
            path=cookie["path"],
            host_only=not domain.startswith("."),
            secure=cookie["secure"],
            http_only=cookie["httpOnly"],
            same_site=cookie.get("sameSite"),
            partitioned="partitionKey" in cookie,
            lifetime=None if cookie["expires"] < 0 else cookie["expires"] - self._recorder.wall(before.at).timestamp(),
            redacted=f"{cookie['name']}=…",
        )
        write = CookieWrite(
            moment=before,
            place=place_of_domain(hops, asked.domain),
            asked=asked,
            value=self._digester.value(cookie["value"]),
            witnesses=[CookieWitness.JAR],
            url="",
            operation=Operation.PRESENT,
        )
        self._writes.append(write)
        return write

    def _histories(self, before: Moment) -> dict[Slot, list[CookieWrite]]:
        """Writes that were not refused, by cookie, oldest first."""
        histories: dict[Slot, list[CookieWrite]] = {}
        for write in self._writes:
            if write.moment.order < before.order and not write.refused:
                histories.setdefault(write.key, []).append(write)
        return histories


def _same_path(write: CookieWrite, path: str) -> bool:
    # The default path of about:blank and srcdoc documents is their creator's, which a script write does not tell.
    return write.asked.path == path or (write.extra is None and "path=" not in write.asked.redacted.lower())
