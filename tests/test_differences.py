"""What changed between two audits: appeared, gone, changed, and who brought it in."""

from __future__ import annotations

from classifiers.findings import Audit, Item
from crawler.observations import Consent, NameValue
from crawler.visits import VisitStatus
from reports.differences import ChangeKind, diff
from tests import audits


def without(audit: Audit, name: str) -> Audit:
    return audit.model_copy(update={"items": tuple(item for item in audit.items if item.name != name)})


def changed(audit: Audit, name: str, **fields: object) -> Audit:
    def turn(item: Item) -> Item:
        return item.model_copy(update=fields) if item.name == name else item

    return audit.model_copy(update={"items": tuple(turn(item) for item in audit.items)})


def names(audit: Audit, later: Audit, kind: ChangeKind) -> list[str]:
    return [change.item.name for change in diff(audit, later).of(kind)]


def thrice(audit: Audit) -> Audit:
    return audit.model_copy(update={"scan": audit.scan.model_copy(update={"runs": 3})})


def test_an_audit_does_not_differ_from_itself() -> None:
    found = diff(audits.audit(), audits.audit())
    assert found.items == ()
    assert found.findings == ()
    assert found.caveats == ()


def test_what_is_new_names_who_brought_it_in() -> None:
    later = audits.audit()
    (change,) = diff(without(later, "_nimbus_id"), later).of(ChangeKind.APPEARED)
    assert change.item.name == "_nimbus_id"
    assert change.introduced_by == (audits.HOME, audits.MANAGER, audits.ADS)


def test_the_version_of_the_container_is_told_where_it_is_known() -> None:
    later = changed(audits.audit(), "_nimbus_id", detail=(NameValue(name="container version", value="128"),))
    (change,) = diff(without(later, "_nimbus_id"), later).of(ChangeKind.APPEARED)
    assert change.introduced_by[-1] == "container version 128"


def test_absence_needs_three_runs_and_complete_visits() -> None:
    before = audits.clean_audit()
    after = without(before, "_nimbus_id")
    assert names(before, after, ChangeKind.GONE) == []
    (unsure,) = diff(before, after).of(ChangeKind.NOT_SEEN)
    assert "absence counts from 3 runs on; the later scan made 1" in unsure.why
    assert names(before, thrice(after), ChangeKind.GONE) == ["_nimbus_id"]


def test_a_partial_visit_shows_no_absence() -> None:
    before = audits.clean_audit()
    after = thrice(without(before, "_nimbus_id"))
    partial = (after.visits[0].model_copy(update={"status": VisitStatus.PARTIAL}), *after.visits[1:])
    assert names(before, after.model_copy(update={"visits": partial}), ChangeKind.GONE) == []


def test_a_page_that_was_not_visited_again_shows_no_absence() -> None:
    before = audits.clean_audit()
    elsewhere = changed(before, "_nimbus_id", pages=(audits.SHOP,))
    (unsure,) = diff(elsewhere, thrice(without(before, "_nimbus_id"))).of(ChangeKind.NOT_SEEN)
    assert unsure.why == f"{audits.SHOP} was not visited again"


def test_lifetime_vendor_and_consent_behaviour_are_compared() -> None:
    before = changed(
        audits.audit(),
        "_nimbus_id",
        lifetime_asked=86400.0 * 30,
        consents=(Consent.ACCEPTED,),
        detail=(NameValue(name="hosts", value="a.example"),),
    )
    (change,) = diff(before, audits.audit()).of(ChangeKind.CHANGED)
    told = {aspect.name: (aspect.before, aspect.after) for aspect in change.aspects}
    assert told["lifetime asked"] == ("30 days", "2 years")
    assert told["seen under consent"] == ("accepted", "accepted, rejected, undecided")
    assert told["hosts"] == ("a.example", "absent")


def test_an_expiry_date_that_drifts_by_seconds_is_no_change() -> None:
    before = changed(audits.audit(), "_nimbus_id", lifetime_asked=63072000.0 - 40)
    assert diff(before, audits.audit()).items == ()


def test_an_attribute_of_a_cookie_that_changed_is_told() -> None:
    before = audits.audit()
    visit = before.visits[0]
    bare = tuple(cookie.model_copy(update={"secure": False, "same_site": None}) for cookie in visit.cookies)
    later = before.model_copy(update={"visits": (visit.model_copy(update={"cookies": bare}), *before.visits[1:])})
    aspects = {
        (change.item.name, aspect.name, aspect.before, aspect.after)
        for change in diff(before, later).of(ChangeKind.CHANGED)
        for aspect in change.aspects
    }
    assert ("_nimbus_id", "Secure", "yes", "no") in aspects
    assert ("_nimbus_id", "SameSite", "Lax", "absent") in aspects


def test_findings_are_compared_by_fingerprint() -> None:
    later = audits.audit()
    before = later.model_copy(update={"findings": later.findings[1:]})
    assert [row.rule for row in diff(before, later).findings_of(ChangeKind.APPEARED)] == ["CONSENT-001"]
    assert [row.rule for row in diff(later, before).findings_of(ChangeKind.NOT_SEEN)] == ["CONSENT-001"]


def test_what_makes_two_scans_hard_to_compare_is_said() -> None:
    before = audits.audit()
    scan = before.scan.model_copy(update={"browser": "Chromium 150", "scenarios": ("silent",)})
    told = " ".join(diff(before.model_copy(update={"scan": scan}), audits.blind_audit()).caveats)
    assert "Different browsers" in told
    assert "Different scenarios" in told
    assert "The later scan saw too little" in told
