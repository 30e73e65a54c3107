"""RET-008."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.declaration import DeclaredPurpose
from classifiers.describe import spread, thing
from classifiers.evidence import Evidence, Seen, by_item
from classifiers.findings import Finding, Severity
from classifiers.lifetimes import in_words
from classifiers.retention import asked, longest_asked
from classifiers.rules.base import Rule
from classifiers.tracking import own_session_cookies
from crawler.observations import CookieSighting


class PersistentCookieInSessionExemption(Rule):
    """A sign-in, session or load-balancing cookie lasts longer than the session.

    Why it matters: the exemption for these uses goes with session cookies [W194 V2]; a persistent "remember me" needs
    the visitor's own choice.

    Fix: make it a session cookie, or set it only after the visitor asked to be remembered.
    """

    id = "RET-008"
    severity = Severity.MEDIUM
    reads = (CookieSighting,)
    by_label = False
    passed = "No sign-in, session or load-balancing cookie with an expiry was observed"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        writes = asked(evidence)
        exempt = {one.id for one, _ in own_session_cookies(writes)} | {one.id for one in writes if _only_session(one)}
        lasting = [one for one in writes if one.id in exempt and longest_asked([one]) is not None]
        for _, seen in by_item(lasting):
            yield self.finding(
                evidence,
                seen,
                observation=f"Asked for {in_words(longest_asked(seen))}: {thing(seen[0])}, which serves a session "
                f"{spread(evidence, seen, None)}.",
                declared_at=seen[0].match.place,
                explanations=("The visitor may have asked to be remembered.",),
            )


def _only_session(seen: Seen) -> bool:
    """Declared for load balancing or under an exemption that holds for the session only."""
    item, category = seen.match.item, seen.match.category
    if item is None or seen.label.purpose.needs_consent is not False:
        return False
    exemption = category.exempt_if if category else None
    return DeclaredPurpose.LOAD_BALANCING in item.purposes or bool(exemption and exemption.lifetime == "session")
