"""The policy reader: claims, contradictions, silences and the category-level declaration of a seed policy."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from classifiers.base import Purpose
from classifiers.declaration import Declaration, Setter, parse_declaration
from classifiers.exports.to_yaml import declaration_yaml
from classifiers.policy.drafts import category_patterns, draft
from classifiers.policy.passages import passages
from classifiers.policy.patterns import patterns
from classifiers.policy.reader import PolicyError, parse_policy, read_policy
from classifiers.policy.reading import PolicyReading

ROOT = Path(__file__).parent.parent
PARAPHRASE = ROOT / "fixtures" / "policies" / "display-services.txt"
DEMO = ROOT / "fixtures" / "sites" / "www.business.localhost" / "policy" / "index.html"
REAL_NAME = "CONSENTINEL_POLICY"
REAL = Path(os.environ.get(REAL_NAME, ROOT.parent / "shared" / "reference" / "business-services-privacy-policy.txt"))

LINES = {
    "P-01": 3, "P-02": 3, "P-03": 8, "P-04": 8, "P-05": 8, "P-06": 10, "P-07": 15, "P-08": 19, "P-09": 28,
    "P-10": 30, "P-11": 31, "P-12": 38, "P-13": 40, "P-14": 40, "P-15": 48, "P-16": 50, "P-17": 52, "P-18": 52,
    "P-19": 52, "P-20": 54, "P-21": 55, "P-22": 56, "P-23": 57, "P-24": 58, "P-25": 59, "P-26": 59, "P-27": 59,
    "P-28": 59, "P-29": 60, "P-30": 62, "P-31": 62, "P-32": 62, "P-33": 62, "P-34": 62, "P-35": 64, "P-36": 64,
    "P-37": 64, "P-38": 64, "P-39": 64, "P-40": 66, "P-41": 40,
}  # fmt: skip
"""Line of each claim; the paraphrase makes the same statements line by line."""

TENSIONS = {
    "X-1": {30, 52, 57, 58},
    "X-2": {27, 28, 30, 59},
    "X-3": {3},
    "X-4": {57},
    "X-5": {59, 62},
    "X-6": {8, 56, 57, 58},
}

EXPECTED = parse_declaration(
    """
schema: tracker-declaration/1
categories:
  - {id: sign_in, lines: [55, 16], strength: explicit, purposes: [authentication, remember_sign_in],
     technologies: [http_cookie], set_by: [first_party], maps_to: [necessary], consent: exempt_if,
     exempt_if: {only_after: login, lifetime: session, purposes_only: true}}
  - {id: service_operation, lines: [60], strength: implied, purposes: [session_state, load_balancing, user_input],
     technologies: [http_cookie], set_by: [first_party], maps_to: [necessary], consent: exempt_if,
     exempt_if: {lifetime: session, purposes_only: true}}
  - {id: security, lines: [22, 23, 38], strength: general, purposes: [abuse_detection, fraud_prevention],
     technologies: [], set_by: [first_party], maps_to: [necessary], consent: exempt_if,
     exempt_if: {user_centric: true, lifetime_max_days: 30, purposes_only: true}}
  - {id: usage_analytics, lines: [56, 64, 20, 21], strength: explicit,
     purposes: [audience_measurement, time_on_page, feature_popularity, product_improvement],
     technologies: [http_cookie, beacon, html5_local_storage, flash_lso], set_by: [first_party, third_party],
     maps_to: [analytics], consent: required}
  - {id: ad_frequency, lines: [57], strength: explicit, purposes: [frequency_capping], technologies: [http_cookie],
     set_by: [first_party, third_party], maps_to: [advertising], consent: required}
  - {id: relevant_content_and_ads, lines: [58, 64], strength: explicit,
     purposes: [content_personalisation, targeted_advertising, cross_site_profiling],
     technologies: [http_cookie, beacon, html5_local_storage, flash_lso], set_by: [first_party, third_party],
     maps_to: [advertising, functional], consent: required, also_promised_at: [27, 28, 30]}
  - {id: third_party_content, lines: [52, 50], strength: explicit, purposes: [embedded_content, embedded_functionality],
     technologies: [http_cookie, beacon, html5_local_storage], set_by: [third_party], maps_to: [functional],
     consent: required_unless_requested}
  - {id: preferences_and_activity, lines: [62], strength: explicit, purposes: [preferences, activity_history],
     technologies: [flash_lso, html5_local_storage], set_by: [first_party, third_party], maps_to: [functional],
     consent: required, exempt_if: {purpose: preferences, user_requested: true, lifetime: session_or_slightly_more}}
  - {id: email_engagement, lines: [64], strength: explicit, purposes: [message_viewed, view_time, ip_address],
     technologies: [beacon], set_by: [first_party, third_party], maps_to: [analytics, advertising], consent: required}
recipients:
  - {id: affiliates, line: 31}
  - {id: requested_service, line: 32}
  - {id: service_provider, line: 33}
  - {id: legal_or_corporate, line: 34}
  - {id: at_user_request, line: 35}
  - {id: independent_marketing, line: 30, allowed_only_with: separate_consent}
"""
)
"""What a careful reader wrote down for the seed policy, by hand."""
ELEMENTS = {
    "time_of_use", "duration", "own_cookie_values", "device_settings", "imei", "serial_number", "ip_address",
    "ip_geolocation", "content_viewed", "message_viewed", "view_datetime",
}  # fmt: skip


@pytest.fixture(scope="module", params=["paraphrase", "real"])
def reading(request: pytest.FixtureRequest) -> PolicyReading:
    path = PARAPHRASE if request.param == "paraphrase" else REAL
    if not path.exists():
        pytest.skip(f"the seed policy is not beside this repository; give its path in {REAL_NAME}")
    return read_policy(path)


@pytest.fixture(scope="module")
def drafted(reading: PolicyReading) -> Declaration:
    return draft(reading)


@pytest.mark.parametrize("claim", LINES)
def test_every_claim_is_found_at_its_line(reading: PolicyReading, claim: str) -> None:
    found = reading.statement(claim)
    assert found is not None, f"{claim} is not found"
    assert found.line == LINES[claim], found.quote


def test_no_known_claim_is_missed_and_none_is_unlisted(reading: PolicyReading) -> None:
    assert reading.claims_not_found == ()
    assert {pattern.key for pattern in patterns().claims} | {"P-41"} == set(LINES)


def test_every_quote_stands_in_the_text_at_its_line(reading: PolicyReading) -> None:
    lines = Path(reading.file).read_text(encoding="utf-8").split("\n")
    for statement in reading.statements:
        for place in statement.places:
            assert place.text in " ".join(lines[place.line - 1].split()), f"{statement.key}: {place.text}"


@pytest.mark.parametrize("tension", TENSIONS)
def test_statements_that_pull_apart_are_surfaced(reading: PolicyReading, tension: str) -> None:
    found = next(known for known in reading.tensions if known.id == tension)
    assert set(found.lines) == TENSIONS[tension]


def test_the_lack_of_an_effective_date_is_told(reading: PolicyReading) -> None:
    assert reading.effective_date is None
    assert "effective_date" in {silence.topic for silence in reading.silences}


def test_countries_addresses_and_the_dead_promise(reading: PolicyReading) -> None:
    assert {country.code for country in reading.countries} == {"KR", "US", "JP"}
    assert reading.countries_open_ended
    assert [contact.place.line for contact in reading.contacts if contact.for_rights] == [40, 42, 68]
    assert len({contact.address for contact in reading.contacts}) == 2
    (promise,) = reading.dead_promises
    assert promise.place.line == 62
    assert not promise.certain  # plain text may have lost the link


def test_the_undefined_name_is_found_and_the_defined_ones_are_not(reading: PolicyReading) -> None:
    assert [term.line for term in reading.undefined_terms] == [57]


def test_silences_are_those_of_the_seed_policy(reading: PolicyReading) -> None:
    assert {silence.topic for silence in reading.silences} == {
        "items", "lifetimes", "third_parties", "consent_control", "withdrawal_control", "necessary", "other_storage",
        "fingerprinting", "session_replay", "chat", "experiments", "opt_out_signals", "effective_date",
    }  # fmt: skip


@pytest.mark.parametrize("id", [category.id for category in EXPECTED.categories])
def test_the_drafted_category_means_what_a_careful_reader_wrote(drafted: Declaration, id: str) -> None:
    wanted, found = EXPECTED.category(id), drafted.category(id)
    assert wanted is not None
    assert found is not None, f"{id} is not drafted"
    for part in ("purposes", "technologies", "set_by", "maps_to", "lines", "also_promised_at"):
        assert set(getattr(found, part)) == set(getattr(wanted, part)), part
    assert (found.strength, found.consent) == (wanted.strength, wanted.consent)
    claimed = [category.exempt_if.model_dump(exclude={"place"}) if category.exempt_if else None
               for category in (found, wanted)]  # fmt: skip
    assert claimed[0] == claimed[1]


def test_the_draft_has_the_nine_categories_and_no_other(drafted: Declaration) -> None:
    assert [category.id for category in drafted.categories] == [category.id for category in EXPECTED.categories]
    assert [category.id for category in drafted.tool_categories] == ["consent_record"]


def test_the_draft_around_the_categories(drafted: Declaration, reading: PolicyReading) -> None:
    assert drafted.defaults.technologies_open_clause == "other technologies"
    assert set(drafted.defaults.technologies_named) == {"http_cookie", "flash_lso", "html5_local_storage", "beacon"}
    assert set(drafted.defaults.setters) == set(Setter)
    assert set(drafted.defaults.third_party_kinds) == {"content", "advertising", "other_functionality"}
    assert set(drafted.defaults.cross_context) == {"websites", "services", "devices", "sessions"}
    assert [(r.id, r.line, r.allowed_only_with) for r in drafted.recipients] == [
        (r.id, r.line, r.allowed_only_with) for r in EXPECTED.recipients
    ]
    assert set(drafted.data_elements) == ELEMENTS
    assert drafted.transfers is not None
    assert (drafted.transfers.open_ended, drafted.transfers.safeguard_named) == (True, ("SCC",))
    assert drafted.choices is not None
    assert drafted.choices.ui_control == "none_described"
    assert drafted.choices.browser == ("accept_all", "reject_all", "notify")
    assert (drafted.choices.email_unsubscribe, drafted.choices.withdraw) == (True, "by_email")
    assert drafted.retention is not None
    assert (drafted.retention.device_lifetimes, drafted.retention.general) == ("none_stated", "as long as necessary")
    assert drafted.source is not None
    assert (drafted.source.sha256, drafted.source.granularity) == (reading.sha256, "category")
    assert drafted.service.endswith("Services")
    assert (drafted.controller or "").endswith("and affiliates")
    assert len(drafted.claims) == len(LINES)
    assert drafted.category("ad_frequency").scope is not None  # type: ignore[union-attr]  # its presence is tested above


def test_the_draft_is_a_declaration_that_can_be_read_back(drafted: Declaration) -> None:
    again = parse_declaration(declaration_yaml(drafted, header=("a person must confirm this",)))
    for part in ("categories", "claims", "recipients", "transfers", "choices", "retention", "defaults", "source"):
        before, after = getattr(drafted, part), getattr(again, part)
        if isinstance(before, tuple):
            assert [_bare(entry) for entry in after] == [_bare(entry) for entry in before], part
        else:
            assert _bare(after) == _bare(before), part


def _bare(entry: object) -> object:
    """Without lines of the file."""
    if hasattr(entry, "model_dump"):
        return _bare(entry.model_dump())
    if isinstance(entry, dict):
        return {key: _bare(value) for key, value in entry.items() if key != "place"}
    return entry


def test_another_wording_of_the_same_policy_as_html() -> None:
    read = read_policy(DEMO)
    assert set(read.claims_not_found) == {"P-12", "P-34"}  # the page states neither
    declared = draft(read)
    assert [category.id for category in declared.categories] == [category.id for category in EXPECTED.categories]
    assert {country.code for country in read.countries} == {"KR", "US", "JP"}
    assert read.statement("P-10").line == 45  # type: ignore[union-attr]  # found: it is not among those not found
    lines = DEMO.read_text(encoding="utf-8").split("\n")
    for statement in read.statements:
        first_words = statement.quote.split()[:3]
        near = " ".join(lines[statement.line - 1 : statement.line + 1])
        assert all(word.strip("“”(") in near for word in first_words), f"{statement.key} L{statement.line}"


SOME_POLICY = """<html lang="en"><body><h1>Cookie policy</h1>
<p>Effective date: 3 March 2026. This policy explains how we and our partners use cookies and similar technologies on
our website, and what choices you have about them and about the information that they collect.</p>
<h2>Choices</h2>
<p>You can change your mind at any time in the <a href="#" >cookie settings</a> of this website. We honour Global
Privacy Control signals. For our list of partners, please <a href="/partners">click here</a>; for the archive of this
policy, please <a href="#">click here</a>.</p>
<h2>Our cookies</h2>
<p>We use the cookie _ga of Google Analytics, kept for 13 months, to measure how the website is used.</p>
<table><tr><th>Cookie</th><th>Duration</th></tr><tr><td>_ga</td><td>13 months</td></tr></table>
<p>We use strictly necessary cookies to keep you signed in to our website and to keep the information safe.</p>
</body></html>"""


def test_what_another_policy_does_state_is_not_called_silent() -> None:
    read = parse_policy(SOME_POLICY, name="policy.html", vendors=["Google Analytics", "Hotjar"])
    silent = {silence.topic for silence in read.silences}
    assert not silent & {"items", "lifetimes", "third_parties", "consent_control", "necessary", "opt_out_signals",
                         "effective_date"}  # fmt: skip
    assert {"fingerprinting", "chat", "countries"} <= silent
    assert (read.effective_date, read.effective_date_at and read.effective_date_at.line) == ("2026-03-03", 2)
    assert [name.text for name in read.named_parties] == ["Google Analytics"]
    assert draft(read).choices.ui_control == "described"  # type: ignore[union-attr]  # a draft always has choices


BANNER_POLICY = """Cookie statement
Our website works with cookies and with tracking pixels. They let us recognise a visitor again in later sessions and
on our other sites, and some of them are set by partners such as analytics services.

Which cookies
The following kinds of cookies are used on the website:
- Essential cookies are needed for the website to work, and you cannot turn them off here.
- Comfort cookies remember your language and your settings for the next visit.
- Statistics cookies count visits, so that we can see which pages are popular and which are not.
- Marketing cookies deliver advertising that fits your interests.

You can set your browser to block cookies, but then parts of the website will not work as they should.
"""


def test_a_policy_that_goes_by_kinds_of_cookies_drafts_those_kinds() -> None:
    read = parse_policy(BANNER_POLICY, name="policy.txt")
    declared = draft(read)
    kinds = {category.id: category for category in declared.categories}
    assert {"strictly_necessary", "preferences", "usage_analytics", "relevant_content_and_ads"} <= set(kinds)
    assert kinds["strictly_necessary"].lines == (7,)
    assert kinds["preferences"].maps_to == (Purpose.FUNCTIONAL,)
    assert kinds["usage_analytics"].set_by == (Setter.FIRST_PARTY, Setter.THIRD_PARTY)
    assert kinds["relevant_content_and_ads"].lines == (10,)
    assert not {"ad_frequency", "email_engagement", "preferences_and_activity", "third_party_content"} & set(kinds)
    assert {"P-10", "P-13", "P-23", "P-37"} <= set(read.claims_not_found)
    assert read.statement("P-26") is not None


def test_a_link_without_a_target_is_a_dead_promise_and_one_with_a_target_is_not() -> None:
    (promise,) = parse_policy(SOME_POLICY, name="policy.html").dead_promises
    assert promise.certain
    assert promise.place.line == 7


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("Effective date: 2026-01-02", "2026-01-02"),
        ("Last updated: January 2nd, 2026", "2026-01-02"),
        ("Last updated on 2 Jan 2026", "2026-01-02"),
        ("Version of 02/01/2026", "02/01/2026"),
        ("Founded 1998 in Seoul", None),
    ],
)
def test_effective_dates(written: str, iso: str | None) -> None:
    text = SOME_POLICY.replace("Effective date: 3 March 2026.", f"{written}.")
    assert parse_policy(text, name="policy.html").effective_date == iso


def test_a_policy_in_a_language_that_cannot_be_read_does_not_pass_for_a_silent_one() -> None:
    german = "<html lang='de'><body><p>" + "Wir verwenden Cookies auf unserer Webseite und speichern Daten. " * 20
    with pytest.raises(PolicyError, match=r"p\.html:1: is not in a language this reader knows \(the page says `de`\)"):
        parse_policy(german, name="p.html")


def test_a_page_that_was_not_rendered_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"p\.html:1: holds 1 words, too few for a policy"):
        parse_policy("<html><body><div id='app'>Loading</div></body></html>", name="p.html")


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="no such file"):
        read_policy(tmp_path / "absent.txt")
    with pytest.raises(PolicyError, match="is a folder"):
        read_policy(tmp_path)
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9")
    with pytest.raises(PolicyError, match="cannot be read as UTF-8"):
        read_policy(tmp_path / "latin.txt")


def test_paragraphs_wrapped_by_hand_are_put_together_with_their_lines() -> None:
    text = (
        "Cookies\n\nWe use cookies on this site, and so do\nothers who supply content.\n\n"
        "- first point\n- second\n  point\n"
    )
    found = passages(text)
    assert [(p.text, p.line_at(0), p.is_heading) for p in found] == [
        ("Cookies", 1, True),
        ("We use cookies on this site, and so do others who supply content.", 3, False),
        ("- first point", 6, False),
        ("- second point", 7, False),
    ]
    assert found[1].line_at(found[1].text.index("others")) == 4


def test_every_key_that_the_category_table_refers_to_is_a_pattern() -> None:
    known = {pattern.key for pattern in (*patterns().claims, *patterns().facts)} | {"always"}
    named = set()
    for category in category_patterns().categories:
        named |= {*category.when, *category.lines, *category.also_promised_at, *category.note_unless}
        for table in (category.purposes, category.technologies, category.set_by):
            named |= {key for keys in table.values() for key in keys}
    assert named <= known
    computed = {"effective_date", "undefined_terms", "named_parties", "item_list", "several_contacts"}
    asked = {key for t in patterns().tensions for key in (*t.all_of, *t.any_of, *t.unless)}
    asked |= {key for silence in patterns().silences for key in (*silence.unless, *silence.only_with)}
    assert asked <= known | computed


def test_claims_are_held_against_rules_that_have_the_form_of_one() -> None:
    """Rules may come later than the claim that asks for them; until then the claim is told as not decided."""
    for pattern in patterns().claims:
        assert all(re.fullmatch(r"[A-Z]{2,8}-\d{3}", rule) for rule in pattern.rules), pattern.key
    promise = patterns().pattern("P-10")
    assert promise is not None
    assert promise.rules == ("TP-002",)


def test_the_reader_itself_draws_no_legal_conclusion() -> None:
    banned = ("violat", "illegal", "unlawful", "complian", "breach", "infring")
    words = [tension.says for tension in patterns().tensions] + [silence.says for silence in patterns().silences]
    assert not [sentence for sentence in words if any(word in sentence.lower() for word in banned)]


def test_necessary_is_only_what_the_categories_of_the_draft_say(drafted: Declaration) -> None:
    necessary = {category.id for category in drafted.categories if Purpose.NECESSARY in category.maps_to}
    assert necessary == {"sign_in", "service_operation", "security"}
    note = drafted.category("service_operation")
    assert note is not None
    assert note.note is not None
    assert "must not assume" in note.note
