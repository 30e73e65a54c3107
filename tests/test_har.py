"""HAR 1.2: valid by the published schema, one file per scenario, nothing invented."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from classifiers.decode_har import read_har
from classifiers.findings import Audit
from classifiers.vendors import Catalogue
from crawler.observations import CookieSighting, NameValue, RequestSighting
from reports.base import Reporter
from reports.to_har import ToHar
from reports.to_wec import ToWec
from tests import audits
from tests.recording import CATALOGUE, recorded_audit, recording
from tests.test_outputs import npm_file

AUDITS: dict[str, Callable[[], Audit]] = {
    "recorded": recorded_audit,
    "rich": audits.audit,
    "clean": audits.clean_audit,
    "blind": audits.blind_audit,
    "hostile": audits.hostile_audit,
}


@pytest.fixture(params=AUDITS)
def any_audit(request: pytest.FixtureRequest) -> Audit:
    return AUDITS[request.param]()


def hars(audit: Audit) -> dict[str, Any]:
    return {name: json.loads(text)["log"] for name, text in ToHar().files(audit).items()}


def validator() -> Any:
    jsonschema = pytest.importorskip("jsonschema")
    referencing = pytest.importorskip("referencing")
    folder = npm_file("har-schema/lib/har.json").parent
    schemas = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]
    resources = [(schema["$id"].rstrip("#"), referencing.Resource.from_contents(schema)) for schema in schemas]
    registry = referencing.Registry().with_resources(resources)
    root = next(schema for schema in schemas if schema["$id"] == "har.json#")
    return jsonschema.Draft6Validator(root, registry=registry, format_checker=jsonschema.Draft6Validator.FORMAT_CHECKER)


def test_every_file_is_valid_by_the_har_schema(any_audit: Audit) -> None:
    check = validator()
    assert list(check.iter_errors({"log": {"version": "1.2", "entries": [{}]}})), "the schema must be able to fail"
    for name, text in {**ToHar().files(any_audit), "all": ToHar().render(any_audit)}.items():
        assert [f"{name} {error.json_path}: {error.message}" for error in check.iter_errors(json.loads(text))] == []


def test_each_scenario_has_its_own_requests_and_no_others() -> None:
    logs = hars(recorded_audit())
    assert set(logs) == {"har/silent.har", "har/accept.har", "har/reject.har"}
    for name, log in logs.items():
        visits = [visit for visit in recording().visits if name == f"har/{visit.scenario}.har"]
        assert len(log["entries"]) == sum(len(visit.requests) for visit in visits) > 0
        assert {page["id"] for page in log["pages"]} == {visit.id for visit in visits}
        assert {entry["pageref"] for entry in log["entries"]} <= {visit.id for visit in visits}


def test_a_scenario_of_which_nothing_was_seen_has_an_empty_file() -> None:
    audit = recorded_audit()
    only_silent = audit.model_copy(update={"visits": tuple(v for v in audit.visits if v.scenario == "silent")})
    assert hars(only_silent)["har/accept.har"]["entries"] == []


@pytest.mark.parametrize("reporter", [ToHar, ToWec])
def test_no_scenario_name_leads_out_of_the_folder(reporter: type[Reporter]) -> None:
    audit = recorded_audit()
    names = ("../../up", "/root", "a/b", "..", "", "a\x00b", "x" * 300, "\u202eabc", "a b", "a-b")
    visits = tuple(audit.visits[0].model_copy(update={"scenario": name}) for name in names)
    scan = audit.scan.model_copy(update={"scenarios": names})
    files = reporter().files(audit.model_copy(update={"scan": scan, "visits": visits}))
    assert len(files) == len(names), "names that differ give files that differ"
    assert all(re.fullmatch(r"(har/[\w-]{1,64}\.har|wec/[\w-]{1,64}/inspection\.json)", file) for file in files)


def test_pages_say_whether_they_were_seen() -> None:
    pages = [page for log in hars(audits.blind_audit()).values() for page in log["pages"]]
    assert {page["_status"] for page in pages} - {"complete"}


def test_entries_keep_the_consent_and_the_evidence_id() -> None:
    audit = recorded_audit()
    known = {f"{visit.id}/{r.id}": r for visit in audit.visits for r in visit.requests}
    entries = [entry for log in hars(audit).values() for entry in log["entries"]]
    assert {entry["_sighting"] for entry in entries} == set(known)
    assert all(entry["_consent"] == known[entry["_sighting"]].consent for entry in entries)


def test_cookies_are_named_but_no_value_is_invented() -> None:
    audit = recorded_audit()
    set_by_header = {c.name for v in audit.visits for c in v.cookies if c.request is not None}
    entries = [entry for log in hars(audit).values() for entry in log["entries"]]
    cookies = [cookie for entry in entries for cookie in entry["response"]["cookies"]]
    assert {cookie["name"] for cookie in cookies} == set_by_header != set()
    assert all(cookie["value"] == "" and "value not kept" in cookie["comment"] for cookie in cookies)


def test_our_own_decoder_finds_the_vendors_in_it() -> None:
    hits = read_har(ToHar().files(recorded_audit())["har/accept.har"], catalogue=Catalogue.load(CATALOGUE))
    assert hits.problems == ()
    assert "pulsemetrics" in {hit.vendor for hit in hits.hits}


def request(**changes: object) -> RequestSighting:
    some = recording().visits[0].requests[0]
    return some.model_copy(update=changes)


def only_entry(sighting: RequestSighting, *cookies: CookieSighting) -> Any:
    visit = recording().visits[0].model_copy(update={"requests": (sighting,), "cookies": cookies})
    audit = recorded_audit().model_copy(update={"visits": (visit,)})
    return json.loads(ToHar().render(audit))["log"]["entries"][0]


def test_what_the_browser_held_back_is_no_response() -> None:
    entry = only_entry(request(refused_because=("csp",), status=None, response_size=None, mime=None))
    assert entry["response"]["status"] == 0
    assert entry["response"]["_error"] == "not sent"
    assert entry["_refusedBecause"] == ["csp"]


@pytest.mark.parametrize("url", ["http://[broken/", "http://a.example/?" + "&".join(["x=1"] * 5)])
def test_no_url_breaks_it(url: str) -> None:
    assert only_entry(request(url=url))["request"]["url"] == url


@pytest.mark.parametrize(("ip", "shown"), [("[::1]", "::1"), ("127.0.0.1", "127.0.0.1"), ("x", None), (None, None)])
def test_only_addresses_are_shown_as_addresses(ip: str | None, shown: str | None) -> None:
    assert only_entry(request(ip=ip)).get("serverIPAddress") == shown


def test_a_cookie_for_longer_than_calendars_reach_is_told_in_words() -> None:
    cookie = next(c for v in recording().visits for c in v.cookies)
    sighting = request(response_headers=(NameValue(name="x", value="y"),))
    for_ever = cookie.model_copy(update={"request": sighting.id, "lifetime_asked": 1e15})
    shown = only_entry(sighting, for_ever)["response"]["cookies"][0]
    assert "expires" not in shown
    assert "1000000000000000 s" in shown["comment"]
    for_a_day = for_ever.model_copy(update={"lifetime_asked": timedelta(days=1).total_seconds()})
    assert "expires" in only_entry(sighting, for_a_day)["response"]["cookies"][0]


@pytest.mark.parametrize(
    ("waited", "lasted", "time", "wait", "receive", "comment"),
    [
        (0.0125, 0.05, 50.0, 12.5, 37.5, None),
        (None, 0.02, 20.0, 20.0, 0, "over without an answer"),
        (0.03, None, 30.0, 30.0, 0, "the answer was not over when the visit ended"),
        (None, None, 0, 0, 0, "not measured"),
    ],
)
def test_durations_are_those_that_were_measured(
    waited: float | None, lasted: float | None, time: float, wait: float, receive: float, comment: str | None
) -> None:
    entry = only_entry(request(waited=waited, lasted=lasted))
    assert entry["time"] == time
    assert (entry["timings"]["wait"], entry["timings"]["receive"]) == (wait, receive)
    assert entry["timings"].get("comment") == comment
