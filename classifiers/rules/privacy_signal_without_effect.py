"""CONSENT-019."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from classifiers.base import Party, Purpose
from classifiers.carried import query
from classifiers.evidence import Evidence, Seen, sent
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from classifiers.states import GPC, SILENT
from crawler.observations import RequestSighting
from crawler.signals import UsPrivacy, decode_usp


class PrivacySignalWithoutEffect(Rule):
    """The Global Privacy Control signal had no observable effect.

    Why it matters: where opting out of sale and sharing is the rule, the signal must be treated as a request to opt
    out [CCR7025 V2] [GPCS V]; one study saw all signals change on 45 % of sites [H25 V2]. Both runs are compared.

    Fix: let the consent platform read `Sec-GPC` and pass the opt-out on to each recipient.
    """

    id = "CONSENT-019"
    severity = Severity.INFO
    reads = (RequestSighting,)
    scenarios = (SILENT, GPC)
    passed = "With the signal, advertising recipients changed, an opt-out was seen, or none was contacted,"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        without = _recipients(evidence.in_state(evidence.requests, SILENT))
        with_signal = evidence.in_state(evidence.requests, GPC)
        recipients = _recipients(with_signal)
        if not recipients or set(recipients) != set(without) or any(_opts_out(one) for one in with_signal):
            return
        seen = sorted((one for group in recipients.values() for one in group), key=lambda one: one.place_in_time)
        yield self.finding(
            evidence,
            seen,
            subject=Subject(kind="signal", name="gpc", domain=evidence.site),
            state=GPC,
            observation=f"The same advertising recipients were contacted with and without the signal "
            f"({', '.join(sorted(recipients))}), and no opt-out was seen in their requests.",
            explanations=(
                "Whether a site must react can depend on the country of the visitor.",
                "An opt-out may be kept where a crawl cannot see it.",
            ),
        )


def _recipients(seen: Sequence[Seen]) -> dict[str, list[Seen]]:
    found: dict[str, list[Seen]] = {}
    for one in sent(seen):
        if one.label.party is Party.THIRD and one.label.purpose is Purpose.ADVERTISING:
            found.setdefault(one.key[2], []).append(one)
    return found


def _opts_out(seen: Seen) -> bool:
    if not isinstance(seen.sighting, RequestSighting):
        return False
    carried = dict(query(seen.sighting.url))
    usp = decode_usp(carried["us_privacy"]) if "us_privacy" in carried else None
    limited = "LDU" in carried.get("dpo", "")
    return limited or carried.get("rdp") == "1" or (isinstance(usp, UsPrivacy) and usp.opted_out_of_sale is True)
