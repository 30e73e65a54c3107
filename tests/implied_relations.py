"""Findings that no single deed implies: between pages, between items, and between deeds and the policy.

Written from the rules' meaning and the manifests alone, like `implied_findings`, which calls these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from classifiers.base import Purpose
from crawler.observations import Consent
from tests.manifests import CookieItem, Policy, RequestItem, StorageItem
from tests.truth import Deed, Truth, site_of

Subject = tuple[str, str, str]

DAY = 86_400.0
OWN_LIMIT = 396 * DAY
TRACKING = {Purpose.ANALYTICS, Purpose.ADVERTISING, Purpose.SOCIAL, Purpose.SESSION_REPLAY}
NO_CONSENT_NEEDED = {Purpose.NECESSARY, Purpose.CONSENT_RECORD, Purpose.UNCLASSIFIED}
PROMISES = {
    "P-10": {"TP-002"},
    "P-11": {"TP-001"},
    "P-12": {"SEC-001", "SEC-002", "SEC-003", "SEC-004"},
    "P-21": {"SEC-001", "SEC-002"},
}
"""Which rules' findings speak against a promise."""


def kind(deed: Deed) -> str:
    item = deed.item
    if isinstance(item, CookieItem):
        return "cookie"
    if isinstance(item, StorageItem):
        return item.area.value
    return "beacon" if item.beacon else "request"


def name(item: CookieItem | StorageItem | RequestItem) -> str:
    if isinstance(item, RequestItem):
        return item.path
    return item.name if isinstance(item, CookieItem) else item.container or item.key


def stores(deed: Deed) -> bool:
    """A cookie the browser took, or storage written."""
    if isinstance(deed.item, CookieItem):
        return not deed.item.removes and deed.item.refused is None
    return isinstance(deed.item, StorageItem)


def tracks(deed: Deed) -> bool:
    return isinstance(deed.item, RequestItem) and deed.item.tracks and deed.purpose in TRACKING


def needs_consent(deed: Deed) -> bool:
    return deed.purpose not in NO_CONSENT_NEEDED


def waits_on_the_entry_page_only(truth: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    gated = [
        (deed, ("request", "*", site_of(deed.owner)) if tracks(deed) else (kind(deed), name(deed.item), _site(deed)))
        for deed in deeds
        if tracks(deed) or (stores(deed) and needs_consent(deed))
    ]
    at_entry = {subject for deed, subject in gated if deed.page == truth.entry}
    early = [(deed, subject) for deed, subject in gated if deed.consent is Consent.UNDECIDED]
    early_at_entry = {subject for deed, subject in early if deed.page == truth.entry}
    for deed, subject in early:
        if deed.scenario == "silent" and subject in at_entry - early_at_entry:
            yield deed, subject


def lifetime_above_own_limit(_: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    for deed in deeds:
        if isinstance(deed.item, CookieItem) and needs_consent(deed) and (deed.item.lifetime or 0) > OWN_LIMIT:
            yield deed, ("cookie", deed.item.name, _site(deed))


def identifier_kept_twice(truth: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    for deed in deeds:
        if isinstance(deed.item, CookieItem | StorageItem) and deed.item.same_as:
            twin = truth.manifests[deed.host].items[deed.item.same_as]
            yield deed, ("identifier", " + ".join(sorted((name(deed.item), name(twin)))), _site(deed))


def embed_before_interaction(_: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    for deed in deeds:
        unasked = deed.consent is Consent.UNDECIDED or (deed.consent is Consent.REJECTED and deed.phase == "reload")
        if isinstance(deed.item, RequestItem) and deed.vendor and deed.vendor.embeds and unasked:
            yield deed, ("embed", "*", _site(deed))


def video_beacon_before_choice(_: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    for deed in deeds:
        video = deed.vendor is not None and deed.vendor.embeds == "video"
        if video and kind(deed) == "beacon" and deed.consent is Consent.UNDECIDED:
            yield deed, ("video_beacon", "*", _site(deed))


def identifier_handed_over(truth: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Deed]]:
    """Requests with the holder of an identifier that they carry, where both happen in one visit."""
    for deed in deeds:
        for reference in deed.item.carries if isinstance(deed.item, RequestItem) else ():
            host, _, item = reference.rpartition("#")
            held = truth.manifests[host or deed.host].items[item]
            holders = [d for d in deeds if d.item is held and (d.page, d.scenario) == (deed.page, deed.scenario)]
            yield from ((deed, holder) for holder in holders[:1])


def first_party_identifier_sent(truth: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    for deed, holder in identifier_handed_over(truth, deeds):
        if _site(holder) == site_of(deed.page.host) != _site(deed):
            yield deed, ("identifier", name(holder.item), _site(deed))


def identifier_synchronised(truth: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    for deed, holder in identifier_handed_over(truth, deeds):
        if len({_site(holder), _site(deed), site_of(deed.page.host)}) == 3:
            yield deed, ("identifier", _site(holder), _site(deed))


def policy_lists_no_items(truth: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    yield from _of_policy(truth, deeds, "item list", lambda policy: not policy.lists_items)


def policy_states_no_lifetimes(truth: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    yield from _of_policy(truth, deeds, "lifetimes", lambda policy: not policy.states_lifetimes)


def policy_is_undated(truth: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    yield from _of_policy(truth, deeds, "effective date", lambda policy: not policy.dated)


def policy_offers_the_browser_only(truth: Truth, deeds: list[Deed]) -> Iterator[tuple[Deed, Subject]]:
    yield from _of_policy(truth, deeds, "choices", lambda policy: policy.choices == "browser settings")


def promises(truth: Truth) -> Iterator[tuple[str, set[str], str]]:
    """Each promise of a policy, with the rules whose findings speak against it, and the site that made it."""
    for page, policy in truth.policies:
        for promise in policy.promises:
            yield promise, PROMISES[promise], site_of(page.host)


def _of_policy(
    truth: Truth, deeds: list[Deed], subject: str, lacks: Callable[[Policy], bool]
) -> Iterator[tuple[Deed, Subject]]:
    for page, policy in truth.policies:
        if lacks(policy):
            yield from ((deed, ("policy", subject, site_of(page.host))) for deed in deeds if deed.page == page)


def _site(deed: Deed) -> str:
    return site_of(deed.owner)
