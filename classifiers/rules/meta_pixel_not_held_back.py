"""TAG-011."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import actor, requests_to, spread
from classifiers.evidence import Evidence, Seen, by_domain, by_item, sent, stored
from classifiers.findings import Finding, Outcome, Severity, Subject
from classifiers.rules.base import Rule
from classifiers.states import SILENT
from classifiers.tagplan.commands import commands_of
from classifiers.vendor_records import EndpointKind
from crawler.observations import Consent, CookieSighting, RequestSighting
from crawler.tag_facts import TagCommand
from crawler.visits import Visit

_META = "meta"
_EVENTS = (EndpointKind.COLLECT, EndpointKind.PIXEL, EndpointKind.CONVERSION)
_COOKIES = ("_fbp", "_fbc")


class MetaPixelNotHeldBack(Rule):
    """The Meta pixel was not held back until consent.

    Why it matters: `fbq('consent', 'revoke')` has to come before `init` on every page, or the pixel reports and
    writes its cookie at once [META V2].

    Fix: call `fbq('consent', 'revoke')` before `init`, and `fbq('consent', 'grant')` after the acceptance.
    """

    id = "TAG-011"
    severity = Severity.HIGH
    reads = (RequestSighting, CookieSighting)
    scenarios = (SILENT,)
    passed = "The Meta pixel was not observed to report or to write its cookies before a choice"

    def not_applicable(self, evidence: Evidence) -> str | None:
        there = not evidence.visits or any(one.label.vendor_id == _META for one in evidence.requests)
        called = any(one.tag == "fbq" for visit in evidence.visits for one in commands_of(visit) or ())
        return None if there or called else "No Meta pixel was observed."

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        early = [one for one in sent(evidence.before_choice(evidence.requests)) if _is_event(evidence, one)]
        told: set[str] = set()
        for (domain,), seen in by_domain(early):
            told |= {one.visit.id for one in seen}
            yield self.finding(
                evidence,
                seen,
                subject=Subject(kind="tag", name="Meta pixel", domain=domain, vendor=seen[0].label.vendor),
                state=SILENT,
                observation=f"Before any choice, the Meta pixel reported in {requests_to(seen)} "
                f"{spread(evidence, seen, SILENT)}; {_held_back(seen[0].visit)}.",
            )
        written = stored(evidence.before_choice(evidence.cookies), present=False)
        for _, seen in by_item(one for one in written if one.trace.name in _COOKIES):
            told |= {one.visit.id for one in seen}
            yield self.finding(
                evidence,
                seen,
                state=SILENT,
                observation=f"Before any choice, the Meta pixel's cookie {seen[0].trace.name} was written by "
                f"{actor(seen[0])} {spread(evidence, seen, SILENT)}; {_held_back(seen[0].visit)}.",
            )
        open_ = [visit for visit in evidence.visits_in(SILENT) if _revoked(visit) is False and visit.id not in told]
        if open_:
            yield self.finding(
                evidence,
                subject=Subject(kind="tag", name="Meta pixel set-up", domain=evidence.site, vendor="Meta Pixel"),
                state=SILENT,
                visits=open_,
                outcome=Outcome.REVIEW,
                observation=f"Before any choice, `fbq('init')` was called without `fbq('consent', 'revoke')` before it "
                f"on {len(open_)} page{'' if len(open_) == 1 else 's'}; no event of the pixel was observed there.",
                explanations=("The pixel's library may not have loaded in this visit.",),
            )


def _is_event(evidence: Evidence, seen: Seen) -> bool:
    hit = evidence.hit(seen) if seen.label.vendor_id == _META else None
    return hit is not None and hit.entry.kind in _EVENTS


def _revoked(visit: Visit) -> bool | None:
    """Whether the pixel was held back before its set-up; None: no set-up was seen before a choice, or not recorded."""
    mine = [one for one in commands_of(visit) or () if one.tag == "fbq" and one.consent is Consent.UNDECIDED]
    first = next((one for one in mine if one.is_("fbq", "init")), None)
    return None if first is None else any(_revokes(one) and one.order < first.order for one in mine)


def _revokes(command: TagCommand) -> bool:
    return command.is_("fbq", "consent", "revoke")


def _held_back(visit: Visit) -> str:
    match _revoked(visit):
        case True:
            return "`fbq('consent', 'revoke')` was called before `init`"
        case False:
            return "`fbq('init')` was called without `fbq('consent', 'revoke')` before it"
        case None:
            return "no call of `fbq` was recorded"
