"""Which findings the demo's manifests imply: the rules' meaning told a second time, over what was done.

Written from the catalogue's text and the manifests alone, so that a fault in a rule does not also sit here. An item's
vendor, purpose and entry in the lock file are what its manifest says, never what a classifier makes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from typing import NamedTuple

from classifiers.base import Purpose
from classifiers.findings import Finding
from crawler.observations import Consent, StorageArea
from crawler.scenarios import DEFAULT_SCENARIOS
from tests.implied_relations import (
    DAY,
    TRACKING,
    Subject,
    embed_before_interaction,
    first_party_identifier_sent,
    identifier_kept_twice,
    identifier_synchronised,
    kind,
    lifetime_above_own_limit,
    name,
    needs_consent,
    policy_is_undated,
    policy_lists_no_items,
    policy_offers_the_browser_only,
    policy_states_no_lifetimes,
    promises,
    stores,
    tracks,
    video_beacon_before_choice,
    waits_on_the_entry_page_only,
)
from tests.manifests import CookieItem, RequestItem, StorageItem
from tests.truth import Deed, PageId, Truth, site_of

NAMED_TECHNOLOGIES = {"cookie", "local_storage", "beacon", "request"}
"""Of the declaration; "other technologies" names none."""
DECLARED_PURPOSES = {
    Purpose.NECESSARY,
    Purpose.CONSENT_RECORD,
    Purpose.ANALYTICS,
    Purpose.ADVERTISING,
    Purpose.FUNCTIONAL,
}


class Implied(NamedTuple):
    rule: str
    kind: str
    """As `Subject.kind`; with the name `*` it is all of the kind that the registrable domain has."""
    name: str
    domain: str


def implied_findings(
    truth: Truth,
    *,
    pages: Iterable[PageId] | None = None,
    scenarios: Iterable[str] = DEFAULT_SCENARIOS,
    carried: Container[tuple[PageId, str]] = (),
) -> dict[Implied, set[PageId]]:
    """Each finding with the pages that show it. SCAN statements are not among them: they are about the scan.

    `carried`: pages that were opened, under a scenario, with the choice of the start page.
    """
    pages = tuple(truth.pages if pages is None else pages)
    asked = [(page, scenario) for page in pages for scenario in scenarios]
    deeds = [deed for one in asked for deed in truth.deeds(*one, carried=one in carried)]
    found: dict[Implied, set[PageId]] = {}
    for rule, check in CHECKS.items():
        for deed, about in check(truth, deeds):
            found.setdefault(Implied(rule, *about), set()).add(deed.page)
    for promise, rules, domain in promises(truth):
        against = [found[implied] for implied in found if implied.rule in rules]
        if against:
            found[Implied("DECL-019", "policy", promise, domain)] = set().union(*against)
    return found


def key_of(finding: Finding) -> Implied:
    """A finding of an audit in the same form."""
    subject = finding.subject
    return Implied(finding.rule, subject.kind, subject.name, subject.domain)


Check = Callable[[Truth, list[Deed]], Iterator[tuple[Deed, Subject]]]


def subject(deed: Deed) -> Subject:
    return kind(deed), name(deed.item), site_of(deed.owner)


def everything_at(deed: Deed) -> Subject:
    return "request", "*", site_of(deed.owner)


def markets(deed: Deed) -> bool:
    vendor = deed.vendor
    return vendor is not None and (vendor.purpose is Purpose.ADVERTISING or vendor.recipient == "independent_marketing")


def third_party(deed: Deed) -> bool:
    return site_of(deed.owner) != site_of(deed.page.host)


def cookie_before_choice(_: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    for deed in deeds:
        if deed.consent is Consent.UNDECIDED and kind(deed) == "cookie" and stores(deed) and needs_consent(deed):
            yield deed, subject(deed)


def request_before_choice(_: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    for deed in deeds:
        if deed.consent is Consent.UNDECIDED and tracks(deed):
            yield deed, everything_at(deed)


def storage_before_choice(_: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    for deed in deeds:
        if deed.consent is Consent.UNDECIDED and isinstance(deed.item, StorageItem) and needs_consent(deed):
            yield deed, subject(deed)


def after_refusal(_: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    """After a load: what happens at the click only may have been under way."""
    for deed in deeds:
        if deed.consent is Consent.REJECTED and deed.phase in ("open", "reload"):
            if stores(deed) and needs_consent(deed):
                yield deed, subject(deed)
            elif tracks(deed):
                yield deed, everything_at(deed)


def no_consent_control(truth: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    """A host none of whose pages has a bar, while something there needs one."""
    with_bar = {page.host for page in truth.pages if truth.page(page).bar}
    for deed in deeds:
        if deed.page.host not in with_bar and (tracks(deed) or (stores(deed) and needs_consent(deed))):
            yield deed, ("page", "consent interface", deed.page.host)


def undeclared_cookie_or_tracker(truth: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    """A cookie without an entry; a tracker's host of which the lock file has no entry at all."""
    listed = {
        host for host, manifest in truth.manifests.items() if any(item.declared for item in manifest.items.values())
    }
    for deed in deeds:
        if kind(deed) == "cookie" and stores(deed) and deed.item.declared is False:
            yield deed, subject(deed)
        elif kind(deed) == "request" and third_party(deed) and deed.purpose in TRACKING and deed.host not in listed:
            yield deed, everything_at(deed)


def undeclared_technology(_: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    for deed in deeds:
        if kind(deed) not in NAMED_TECHNOLOGIES:
            yield deed, (kind(deed), "*", site_of(deed.owner))


def undeclared_purpose(_: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    for deed in deeds:
        if deed.purpose not in DECLARED_PURPOSES | {Purpose.UNCLASSIFIED}:
            yield deed, ("purpose", deed.purpose.value, site_of(deed.owner))


def declared_category_differs(_: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    for deed in deeds:
        as_necessary = deed.item.declared and deed.item.declared.category in (
            "sign_in",
            "service_operation",
            "security",
        )
        if as_necessary and deed.purpose is not Purpose.NECESSARY:
            yield deed, subject(deed)


def lifetime_exceeds_declared(_: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    for deed in deeds:
        if isinstance(deed.item, CookieItem) and deed.item.declared and deed.item.lifetime:
            stated = deed.item.declared.lifetime
            asked = deed.item.lifetime
            if isinstance(stated, float) and asked > 1.5 * stated and asked - stated > DAY:
                yield deed, subject(deed)


def lifetime_above_browser_limit(_: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    for deed in deeds:
        if isinstance(deed.item, CookieItem) and (deed.item.lifetime or 0) > 400 * DAY:
            yield deed, subject(deed)


def session_cookie_lacks(lacks: Callable[[CookieItem], bool]) -> Check:
    def check(_: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
        for deed in deeds:
            if isinstance(deed.item, CookieItem) and deed.item.session and lacks(deed.item):
                yield deed, subject(deed)

    return check


def same_site_none_without_secure(_: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    for deed in deeds:
        if isinstance(deed.item, CookieItem) and deed.item.same_site == "None" and not deed.item.secure:
            yield deed, subject(deed)


def undeclared_recipient(_: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    for deed in deeds:
        if isinstance(deed.item, RequestItem) and deed.vendor is not None and deed.vendor.recipient is None:
            yield deed, ("third_party", "*", site_of(deed.owner))


def marketing_without_consent(_: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    for deed in deeds:
        if isinstance(deed.item, RequestItem) and deed.consent is not Consent.ACCEPTED and markets(deed):
            yield deed, ("third_party", "*", site_of(deed.owner))


def undeclared_storage_key(_: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    for deed in deeds:
        if kind(deed) in (StorageArea.LOCAL, StorageArea.SESSION) and deed.item.declared is False:
            yield deed, subject(deed)


def undeclared_beacon(_: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    for deed in deeds:
        if kind(deed) == "beacon" and deed.item.declared is False:
            yield deed, subject(deed)


def container_before_choice(_: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    for deed in deeds:
        container = deed.vendor.container if deed.vendor else None
        script = isinstance(deed.item, RequestItem) and deed.item.type == "script"
        if container and script and deed.consent is Consent.UNDECIDED:
            yield deed, ("container", container, site_of(deed.owner))


CHECKS: dict[str, Check] = {
    "CONSENT-001": cookie_before_choice,
    "CONSENT-002": request_before_choice,
    "CONSENT-003": storage_before_choice,
    "CONSENT-004": after_refusal,
    "CONSENT-006": no_consent_control,
    "DECL-001": undeclared_cookie_or_tracker,
    "DECL-002": undeclared_technology,
    "DECL-003": undeclared_purpose,
    "DECL-004": declared_category_differs,
    "RET-001": lifetime_exceeds_declared,
    "RET-005": lifetime_above_browser_limit,
    "SEC-001": session_cookie_lacks(lambda cookie: not cookie.secure),
    "SEC-002": session_cookie_lacks(lambda cookie: not cookie.http_only),
    "SEC-003": session_cookie_lacks(lambda cookie: cookie.same_site in (None, "None")),
    "SEC-004": same_site_none_without_secure,
    "TP-001": undeclared_recipient,
    "TP-002": marketing_without_consent,
    "STO-001": undeclared_storage_key,
    "BCN-001": undeclared_beacon,
    "BCN-003": video_beacon_before_choice,
    "TAG-020": container_before_choice,
    "CONSENT-023": waits_on_the_entry_page_only,
    "CONSENT-027": policy_offers_the_browser_only,
    "DECL-010": policy_lists_no_items,
    "DECL-011": policy_states_no_lifetimes,
    "DECL-014": policy_is_undated,
    "RET-006": lifetime_above_own_limit,
    "STO-004": identifier_kept_twice,
    "TP-003": embed_before_interaction,
    "TP-009": identifier_synchronised,
    "TP-010": first_party_identifier_sent,
}
