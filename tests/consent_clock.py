"""Holds every event of the demo against its page's own clock: was it recorded on the right side of the choice?

`python -m tests.consent_clock --repeats 20`: exit 1 when one was not, or when nothing could be compared.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from crawler.observations import Consent, CookieWitness, Operation, Record, StorageArea
from crawler.scenarios import SCENARIOS
from crawler.settings import BrowserSettings, Settle, VisitSettings
from crawler.visits import ChoiceStatus, Visit
from tests.conftest import Auditor, auditing
from tests.site_answers import Answer, Ask, Sites
from tests.site_server import SITES, SiteServer
from tests.truth import PageId, Truth

CLOCK = "/__clock"
SCRIPT = (Path(__file__).parent / "page_clock.js").read_text("utf-8")
CHOICES = {"accept": Consent.ACCEPTED, "reject": Consent.REJECTED}
SKEW = 2.0
"""Milliseconds by which the clocks of frames of different sites may differ: nearer to the click nothing is said."""
SETTINGS = VisitSettings(settle=Settle.FAST, screenshots=False)


class Entry(Record):
    kind: str
    name: str
    at: float
    """Milliseconds since 1970, as the page's own clock has it."""


class Told(Record):
    """What one document told when it went."""

    page: str
    top: bool
    entries: tuple[Entry, ...]


class ClockedSites(Sites):
    """The demo's sites, with the clock in front of each page's own scripts."""

    def answer(self, ask: Ask) -> Answer:
        if ask.path == CLOCK:
            return Answer(status=204)
        answer = super().answer(ask)
        html = any(name.lower() == "content-type" and "html" in value for name, value in answer.headers)
        if html and answer.status == 200:
            answer.body = answer.body.replace(b"<head>", f"<head><script>{SCRIPT}</script>".encode(), 1)
        return answer


@dataclass
class Compared:
    visits: int = 0
    before: int = 0
    """Events that the page had before the click."""
    after: int = 0
    wrong: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    """Events of one clock only."""
    too_near: int = 0
    gaps: list[float] = field(default_factory=list)
    """Milliseconds from the stamp to the click."""
    unproved: list[str] = field(default_factory=list)

    @property
    def events(self) -> int:
        return self.before + self.after

    @property
    def faults(self) -> int:
        return len(self.wrong) + len(self.unmatched) + len(self.unproved)


Key = tuple[str, str, str]
"""Kind, host of the frame (cookies, storage) or nothing (requests), name or address."""


def compare(visit: Visit, told: Sequence[Told], found: Compared) -> None:
    found.visits += 1
    clicks = [entry.at for one in told if one.top for entry in one.entries if entry.kind == "click"]
    if [choice.status for choice in visit.choices] != [ChoiceStatus.CONFIRMED] or len(clicks) != 1:
        found.unproved.append(f"{visit.id}: {len(clicks)} clicks, {[choice.why for choice in visit.choices]}")
        return
    (choice,), (click,) = visit.choices, clicks
    assert choice.at is not None, "made on this page"
    found.gaps.append(click - (visit.started.timestamp() + choice.at) * 1000)
    theirs: defaultdict[Key, list[tuple[float, bool]]] = defaultdict(list)
    for one in told:
        host = urlsplit(one.page).hostname or ""
        for entry in one.entries:
            if entry.kind != "click" and urlsplit(entry.name).path != CLOCK:
                key = (entry.kind, "" if entry.kind == "request" else host, entry.name)
                theirs[key].append((entry.at, one.top))
    ours: defaultdict[Key, list[Consent]] = defaultdict(list)
    for key, consent in _recorded(visit):
        ours[key].append(consent)
    for key, times in theirs.items():
        seen = ours[key]
        if len(seen) != len(times):
            found.unmatched.append(f"{visit.id}: {key}: the page {len(times)}, the record {len(seen)}")
            continue
        for (at, top), consent in zip(sorted(times), seen, strict=True):
            if not top and abs(at - click) < SKEW:
                found.too_near += 1
                continue
            wanted = Consent.UNDECIDED if at < click else choice.wanted
            found.before += at < click
            found.after += at >= click
            if consent is not wanted:
                found.wrong.append(f"{visit.id}: {key} at {at - click:+.1f} ms of the click is under {consent}")


def _recorded(visit: Visit) -> Iterator[tuple[Key, Consent]]:
    """What a page's own clock can tell as well, in order of arrival."""
    for cookie in sorted(visit.cookies, key=lambda one: one.order):
        if CookieWitness.SCRIPT in cookie.seen_in and cookie.operation is not Operation.PRESENT:
            yield ("cookie", urlsplit(cookie.frame).hostname or "", cookie.name), cookie.consent
    for item in sorted(visit.storage, key=lambda one: one.order):
        if item.area in (StorageArea.LOCAL, StorageArea.SESSION) and item.operation in (
            Operation.WRITE,
            Operation.OVERWRITE,
        ):
            area = "local_storage" if item.area is StorageArea.LOCAL else "session_storage"
            yield (area, urlsplit(item.frame).hostname or "", item.key), item.consent
    for request in sorted(visit.requests, key=lambda one: one.order):
        if not request.redirected_from and request.resource_type != "preflight":  # those are the browser's own
            yield ("request", "", request.url), request.consent


def play(auditor: Auditor, server: SiteServer, page: PageId, scenario: str, found: Compared) -> None:
    before = len(server.hits)
    visit = auditor.visit(server.url(page.host, page.path), SCENARIOS[scenario], settings=SETTINGS).visit
    told = [Told.model_validate_json(hit.body) for hit in server.hits[before:] if hit.path == CLOCK]
    compare(visit, told, found)


def run(repeats: int, *, pages: Sequence[PageId] | None = None) -> Compared:
    truth = Truth.load()
    asked = [page for page in pages or truth.pages if truth.page(page).bar]
    found = Compared()
    with auditing(BrowserSettings()) as auditor, SiteServer() as server:
        server.answers = ClockedSites(SITES, port=server.port)
        for repeat in range(1, repeats + 1):
            for page in asked:
                for scenario in CHOICES:
                    play(auditor, server, page, scenario, found)
            print(f"repeat {repeat}: {found.visits} visits, {found.events:,} events, {found.faults} faults", flush=True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=1)
    repeats: int = parser.parse_args().repeats
    found = run(repeats)
    for line in [*found.unproved, *found.unmatched, *found.wrong][:40]:
        print(f"  {line}")
    if found.gaps:
        print(
            f"The stamp came {statistics.median(found.gaps):.1f} ms before the click (median; "
            f"{min(found.gaps):.1f} to {max(found.gaps):.1f})."
        )
    print(
        f"{found.visits} visits, {repeats} repeats: {found.before:,} events before the click and {found.after:,} after "
        f"it on the pages' own clocks; {len(found.wrong)} on the wrong side, {len(found.unmatched)} on one clock only, "
        f"{found.too_near} too near to say, {len(found.unproved)} visits without a proved choice."
    )
    return 0 if found.before and found.after and not found.faults else 1


if __name__ == "__main__":
    sys.exit(main())
