"""The browser's network log as a witness: what the cookie store took in, and nobody else saw being written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from crawler.browser.cookie_lines import SAME_SITE, AskedCookie, read_line
from crawler.browser.cookie_writes import CookieWrite, hop_at, place_of_domain
from crawler.browser.exchanges import Hop
from crawler.browser.netlog import Logged, LoggedAnswer, LoggedCookie
from crawler.browser.recorder import Recorder
from crawler.browser.values import Digester
from crawler.observations import CookieWitness, Operation

_TICK: Final = 0.002
"""The log counts in whole milliseconds."""


class LogReader:
    def __init__(self, writes: list[CookieWrite], *, recorder: Recorder, digester: Digester) -> None:
        self._writes = writes
        self._recorder = recorder
        self._digester = digester

    def join(self, logged: Logged, *, hops: Sequence[Hop]) -> None:
        """What has no author gets a record of its own; a find in the jar becomes the write that it was."""
        claimed: set[int] = set()
        by_slot: dict[tuple[str, str], list[CookieWrite]] = {}
        for write in self._writes:
            by_slot.setdefault((write.asked.name, write.asked.domain), []).append(write)
        for cookie in logged.cookies:
            known = self._known(cookie, by_slot.get((cookie.name, cookie.domain.lstrip(".")), ()), claimed)
            if known is None:
                known = self._from_log(cookie, logged, hops)
                self._writes.append(known)
            elif known.operation is Operation.PRESENT:
                told = self._from_log(cookie, logged, hops)
                known.moment, known.place, known.asked, known.url = told.moment, told.place, told.asked, told.url
                known.logged, known.operation = told.logged, Operation.WRITE
            claimed.add(id(known))
            known.witnesses.append(CookieWitness.NETLOG)

    def _known(self, cookie: LoggedCookie, writes: Sequence[CookieWrite], claimed: set[int]) -> CookieWrite | None:
        digest = self._digester.value(cookie.value).digest
        return next((one for one in writes if one.value.digest == digest and id(one) not in claimed), None)

    def _from_log(self, cookie: LoggedCookie, logged: Logged, hops: Sequence[Hop]) -> CookieWrite:
        moment = self._recorder.moment_at(cookie.at)
        now = self._recorder.wall(moment.at)
        answer, asked = _answer_of(cookie, logged, now) or (None, _as_logged(cookie))
        url = "" if answer is None else answer.url
        hop = hop_at(hops, url)
        return CookieWrite(
            moment=moment,
            place=place_of_domain(hops, asked.domain) if hop is None else hop.place,
            asked=asked,
            value=self._digester.value(cookie.value),
            witnesses=[],
            url=url,
            logged=answer,
            stored=True,
        )


def _answer_of(cookie: LoggedCookie, logged: Logged, now: datetime) -> tuple[LoggedAnswer, AskedCookie] | None:
    """The newest answer before it that has a line for it."""
    for answer in reversed(logged.answers):
        if answer.at > cookie.at + _TICK:
            continue
        for line in answer.lines:
            asked = read_line(line, url=answer.url, now=now)
            if asked.name == cookie.name and asked.value == cookie.value and asked.domain == cookie.domain.lstrip("."):
                return answer, asked
    return None


def _as_logged(cookie: LoggedCookie) -> AskedCookie:
    """The log tells whether a cookie is kept, but not how long."""
    return AskedCookie(
        name=cookie.name,
        value=cookie.value,
        domain=cookie.domain.lstrip("."),
        path=cookie.path,
        host_only=not cookie.domain.startswith("."),
        secure=cookie.secure,
        http_only=cookie.http_only,
        same_site=SAME_SITE.get(cookie.same_site),
        partitioned=False,
        lifetime=None,
        redacted=f"{cookie.name}=…",
    )
