"""SEC-006."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import actor, spread, thing
from classifiers.evidence import Evidence, by_item
from classifiers.findings import Finding, Severity
from classifiers.rules.base import Rule
from crawler.observations import CookieSighting, CookieWitness, Operation


class NamePrefixRequirementsBroken(Rule):
    """A cookie's name prefix promises what its attributes do not keep.

    Why it matters: `__Secure-` needs Secure; `__Host-` needs Secure, path `/` and no Domain; browsers refuse the cookie
    otherwise [6265b V] [MEASURED V].

    Fix: set the attributes that the prefix needs, or drop the prefix.
    """

    id = "SEC-006"
    severity = Severity.MEDIUM
    reads = (CookieSighting,)
    by_label = False
    passed = "Every cookie with a name prefix that was observed keeps what the prefix needs,"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        broken = [one for one in evidence.cookies if isinstance(one.sighting, CookieSighting) and _faults(one.sighting)]
        for _, seen in by_item(broken):
            first = seen[0].sighting
            faults = _faults(first) if isinstance(first, CookieSighting) else ()
            yield self.finding(
                evidence,
                seen,
                observation=f"The name prefix needs what is missing ({', '.join(faults)}): {thing(seen[0])}, set by "
                f"{actor(seen[0])} {spread(evidence, seen, None)}.",
            )


def _faults(cookie: CookieSighting) -> tuple[str, ...]:
    """Prefixes are compared without regard to case, as browsers do."""
    name = cookie.name.casefold()
    if cookie.operation is Operation.REMOVE or not name.startswith(("__secure-", "__host-", "__http-")):
        return ()
    faults = [] if cookie.secure else ["Secure"]
    if name.startswith("__host-"):
        faults += [] if cookie.path == "/" else ["Path=/"]
        faults += [] if cookie.host_only else ["no Domain"]
    by_script = CookieWitness.SCRIPT in cookie.seen_in and CookieWitness.HEADER not in cookie.seen_in
    if name.startswith(("__http-", "__host-http-")):
        faults += [] if cookie.http_only and not by_script else ["HttpOnly from a header"]
    return tuple(faults)
