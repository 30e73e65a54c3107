"""CONSENT-005."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from classifiers.describe import actor, classed, requests_to, spread, thing
from classifiers.evidence import Evidence, Seen, by_domain, by_item, stored
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule, domain_subject
from classifiers.states import WITHDRAW
from classifiers.tracking import consent_requiring, tracking_requests
from crawler.observations import Consent, CookieSighting, Operation, RequestSighting, StorageArea, StorageSighting

_ALL = "*"
"""Key of the removal that `clear()` is."""


class TrackingAfterWithdrawal(Rule):
    """Tracking continued after consent was withdrawn.

    Why it matters: withdrawing must be as effective as giving consent [GDPR V2] [TF V2]; one study found cookies that
    were not deleted in 57.5 % of the cases [Ka25 V2]. What is left, sent, or written anew is stated separately.

    Fix: on withdrawal stop the vendor's code, delete its cookies and storage, and tell the vendor.
    """

    id = "CONSENT-005"
    severity = Severity.CRITICAL
    reads = (CookieSighting, StorageSighting, RequestSighting)
    scenarios = (WITHDRAW,)
    passed = "No consent-requiring storage, cookie sent or tracking request was observed after withdrawal was confirmed"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        items = consent_requiring(stored([*evidence.cookies, *evidence.storage]))
        settled, _ = evidence.after(Consent.WITHDRAWN, items)
        for _, seen in by_item(settled):
            first = seen[0]
            written = [one for one in seen if _operation(one) is not Operation.PRESENT]
            how = "was written anew" if written else "was still stored"
            yield self.finding(
                evidence,
                written or seen,
                state=WITHDRAW,
                purpose=first.label.purpose,
                severity=None if written else Severity.HIGH,
                observation=f"After withdrawal was confirmed, {thing(first)} {how} by {actor((written or seen)[0])} "
                f"{spread(evidence, seen, WITHDRAW)}; {classed(first.label)}.",
                declared_at=first.match.place,
            )
        yield from self._left(evidence, _never_removed(evidence, items, rewritten={one.key for one in settled}))
        settled, _ = evidence.after(Consent.WITHDRAWN, tracking_requests(evidence.requests))
        for _, seen in by_domain(settled):
            first = seen[0]
            names = sorted({name for one in seen for name in _sent(one)})
            with_cookies = f", with the cookies {', '.join(names)}" if names else ""
            yield self.finding(
                evidence,
                seen,
                subject=domain_subject(first),
                state=WITHDRAW,
                purpose=first.label.purpose,
                observation=f"After withdrawal was confirmed, {requests_to(seen)} carried data{with_cookies} "
                f"{spread(evidence, seen, WITHDRAW)}; {classed(first.label)}.",
                declared_at=first.match.place,
            )
        yield from self._sent_to_own_hosts(evidence, {one.trace.name: one for one in items})

    def _left(self, evidence: Evidence, left: list[Seen]) -> Iterator[Finding]:
        for _, seen in by_item(left):
            first = seen[0]
            yield self.finding(
                evidence,
                seen,
                state=WITHDRAW,
                purpose=first.label.purpose,
                severity=Severity.HIGH,
                observation=f"After withdrawal was confirmed, {thing(first)} was still stored: written by "
                f"{actor(first)} before, and no removal was observed {spread(evidence, seen, WITHDRAW)}; "
                f"{classed(first.label)}.",
                declared_at=first.match.place,
            )

    def _sent_to_own_hosts(self, evidence: Evidence, known: dict[str, Seen]) -> Iterator[Finding]:
        """Cookies of a consent-requiring purpose in requests that are not tracking requests themselves."""
        settled, _ = evidence.after(Consent.WITHDRAWN, evidence.requests)
        others = [one for one in settled if one.label.purpose.needs_consent is not True]
        for name in sorted(known):
            seen = [one for one in others if name in _sent(one)]
            if seen:
                kind, normal, domain = known[name].key
                yield self.finding(
                    evidence,
                    seen,
                    subject=Subject(kind=f"sent_{kind}", name=normal, domain=domain),
                    state=WITHDRAW,
                    purpose=known[name].label.purpose,
                    observation=f"After withdrawal was confirmed, the cookie {normal} was still sent in "
                    f"{requests_to(seen)} {spread(evidence, seen, WITHDRAW)}; {classed(known[name].label)}.",
                )


def _never_removed(evidence: Evidence, items: Sequence[Seen], *, rewritten: set[tuple[str, str, str]]) -> list[Seen]:
    """The last writes of local-storage items, which never expire, where no removal followed in that visit."""
    changes: dict[tuple[str, str], list[Seen]] = {}
    for one in evidence.storage:
        if isinstance(one.sighting, StorageSighting) and one.sighting.area is StorageArea.LOCAL:
            changes.setdefault((one.visit.id, one.sighting.origin), []).append(one)
    left = []
    for one in items:
        own = one.sighting
        if not isinstance(own, StorageSighting) or own.area is not StorageArea.LOCAL or one.key in rewritten:
            continue
        if own.consent is Consent.WITHDRAWN or evidence.confirmed(one.visit, Consent.WITHDRAWN) is None:
            continue
        later = [
            after.sighting
            for after in changes[one.visit.id, own.origin]
            if isinstance(after.sighting, StorageSighting) and after.sighting.order > own.order
        ]
        if not any(
            after.key == own.key or (after.key == _ALL and after.operation is Operation.REMOVE) for after in later
        ):
            left.append(one)
    return left


def _operation(seen: Seen) -> Operation | None:
    return seen.sighting.operation if isinstance(seen.sighting, CookieSighting | StorageSighting) else None


def _sent(seen: Seen) -> tuple[str, ...]:
    if not isinstance(seen.sighting, RequestSighting):
        return ()
    return tuple(cookie.name for cookie in seen.sighting.cookies if not cookie.withheld_because)
