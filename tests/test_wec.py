"""`inspection.json` has the structure that the Website Evidence Collector's own reporter reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from classifiers.findings import Audit
from crawler.observations import CookieSighting, NameValue, Operation
from crawler.visits import Form, Link, Problem, ProblemKind, VisitStatus
from reports.to_wec import ToWec
from tests import audits
from tests.recording import recorded_audit, recording

LOG = {"stack": list, "timestamp": str}
COOKIE = {
    "name": str,
    "value": (str, type(None)),
    "domain": str,
    "path": str,
    "expires": (int, float),
    "size": int,
    "httpOnly": bool,
    "secure": bool,
    "session": bool,
    "log": {**LOG, "type": str, "location": str},
    "firstPartyStorage": bool,
}
HOSTS = {"firstParty": list, "thirdParty": list}
# What version 2.1 of the collector writes, and its report template reads.
INSPECTION = {
    "title": str,
    "task_description": str,
    "uri_ins": str,
    "uri_refs": list,
    "uri_dest": str,
    "uri_redirects": list,
    "secure_connection": {
        "https_redirect": (bool, type(None)),
        "redirects": list,
        "https_support": (bool, type(None)),
        "https_error": (str, type(None)),
        "http_error": (str, type(None)),
    },
    "testSSLError": type(None),
    "testSSLErrorOutput": type(None),
    "testSSLErrorCode": type(None),
    "testSSL": type(None),
    "host": str,
    "script": {
        "host": (str, type(None)),
        "version": {"npm": str, "commit": type(None)},
        "config": dict,
        "cmd_args": str,
        "environment": dict,
        "node_version": type(None),
    },
    "localStorage": dict,
    "cookies": list,
    "beacons": list,
    "links": {**HOSTS, "social": list, "keywords": list},
    "unsafeForms": list,
    "browser": {
        "name": str,
        "version": str,
        "user_agent": (str, type(None)),
        "platform": {"name": type(None), "version": type(None)},
        "extra_headers": {"dnt": int},
        "preset_cookies": dict,
    },
    "browsing_history": list,
    "hosts": dict.fromkeys(("requests", "beacons", "cookies", "localStorage", "links", "contentSecurityPolicy"), HOSTS),
    "websockets": dict,
    "start_time": str,
    "end_time": str,
    "websocketLog": dict,
}
BEACON = {"filter": str, "listName": str, "query": (dict, type(None)), "url": str, "log": LOG, "occurrances": int}
LINK = {"href": str, "inner_text": str, "inner_html": type(None)}
FORM = {"id": str, "action": str, "method": str}
SOCKET = {"timestamp": str, "url": str, "messages": list}
STORED = {"value": object, "firstPartyStorage": bool, "log": LOG}
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


def faults(given: Any, wanted: Any, at: str = "") -> list[str]:
    if not isinstance(wanted, dict):
        return [] if isinstance(given, wanted) else [f"{at}: {given!r} is not {wanted}"]
    if not isinstance(given, dict):
        return [f"{at}: {given!r} is no object"]
    found = [f"{at}.{key}: is missing" for key in wanted if key not in given]
    return found + [
        fault for key, inner in wanted.items() if key in given for fault in faults(given[key], inner, f"{at}.{key}")
    ]


def inspections(audit: Audit) -> dict[str, Any]:
    return {name: json.loads(text) for name, text in ToWec().files(audit).items()}


def test_the_check_can_fail() -> None:
    assert faults({"title": 1, "hosts": []}, INSPECTION)


def test_every_inspection_has_the_collectors_structure(any_audit: Audit) -> None:
    for document in inspections(any_audit).values():
        assert faults(document, INSPECTION) == []
        assert set(document) - set(INSPECTION) == {"consentinel"}
        assert [fault for cookie in document["cookies"] for fault in faults(cookie, COOKIE)] == []
        assert [fault for beacon in document["beacons"] for fault in faults(beacon, BEACON)] == []
        stored = [item for keys in document["localStorage"].values() for item in keys.values()]
        assert [fault for item in stored for fault in faults(item, STORED)] == []
        linked = [link for kind in document["links"].values() for link in kind]
        assert [fault for link in linked for fault in faults(link, LINK)] == []
        assert [fault for form in document["unsafeForms"] for fault in faults(form, FORM)] == []
        assert [fault for socket in document["websocketLog"].values() for fault in faults(socket, SOCKET)] == []
        logs = [one["log"] for one in (*document["cookies"], *document["beacons"], *stored)]
        assert [line for log in logs for line in log["stack"] if faults(line, {"fileName": str, "source": str})] == []


def test_each_scenario_is_an_inspection_of_its_own() -> None:
    names = [f"wec/{scenario}/inspection.json" for scenario in recording().scan.scenarios]
    assert list(inspections(recorded_audit())) == names
    alone = json.loads(ToWec().render(recorded_audit()))
    assert alone == inspections(recorded_audit())["wec/silent/inspection.json"]


def test_cookies_are_those_of_the_scenario_with_their_party() -> None:
    told = inspections(recorded_audit())
    before = {cookie["name"] for cookie in told["wec/silent/inspection.json"]["cookies"]}
    accepted = {cookie["name"]: cookie for cookie in told["wec/accept/inspection.json"]["cookies"]}
    assert before < set(accepted)
    assert accepted["_ga"]["firstPartyStorage"] is True
    assert accepted["_ga"]["log"]["type"] == "Cookie.JS"
    assert accepted["_ga"]["log"]["stack"][0]["fileName"].endswith("/assets/measure.js")
    assert {cookie["domain"] for cookie in accepted.values() if not cookie["firstPartyStorage"]}
    assert all(cookie["value"] is None for cookie in accepted.values())


def with_cookies(*cookies: CookieSighting) -> Any:
    visit = recording().visits[0].model_copy(update={"cookies": cookies, "scenario": "silent"})
    return json.loads(ToWec().render(recorded_audit().model_copy(update={"visits": (visit,)})))["cookies"]


def test_refused_and_deleted_cookies_are_not_told_as_set() -> None:
    cookie = next(c for v in recording().visits for c in v.cookies if c.lifetime_asked)
    assert [shown["name"] for shown in with_cookies(cookie)] == [cookie.name]
    assert with_cookies(cookie.model_copy(update={"stored": False})) == []
    later = {"order": cookie.order + 1}
    assert with_cookies(cookie, cookie.model_copy(update={**later, "operation": Operation.REMOVE})) == []
    assert with_cookies(cookie, cookie.model_copy(update={**later, "lifetime_asked": 0.0})) == []


def test_what_was_not_looked_at_is_said() -> None:
    earlier = tuple(visit.model_copy(update={"links": None, "forms": None}) for visit in recording().visits)
    for document in inspections(recorded_audit().model_copy(update={"visits": earlier})).values():
        assert {"links", "unsafeForms", "testSSL"} <= set(document["consentinel"]["not_looked_at"])
        assert "says nothing" in document["task_description"]
        assert document["secure_connection"]["https_support"] is None
        assert "secure_connection.https_support" in document["consentinel"]["not_looked_at"]
    blind = inspections(audits.blind_audit())
    assert any(document["consentinel"]["visits_not_complete"] for document in blind.values())


def test_problems_of_the_scan_stand_in_the_description() -> None:
    told = [document for document in inspections(audits.blind_audit()).values() if document["consentinel"]["problems"]]
    assert told
    for document in told:
        assert document["consentinel"]["problems"][0] in document["task_description"]


def one_visit(**changes: object) -> Any:
    visit = recording().visits[0].model_copy(update={"scenario": "silent", "entry": True, **changes})
    return json.loads(ToWec().render(recorded_audit().model_copy(update={"visits": (visit,)})))


def test_links_are_sorted_by_party_platform_and_keyword() -> None:
    own = urlsplit(recording().visits[0].url)
    page = f"{own.scheme}://{own.netloc}"
    document = one_visit(
        links=(
            Link(url=f"{page}/contact", text="Contact"),
            Link(url=f"{page}/p7", text="Datenschutz"),
            Link(url="https://www.youtube.com/some-channel", text=""),
            Link(url="https://notyoutube.com/", text=""),
        ),
        forms=(),
    )
    told = {kind: [link["href"] for link in links] for kind, links in document["links"].items()}
    assert told == {
        "firstParty": [f"{page}/contact", f"{page}/p7"],
        "thirdParty": ["https://www.youtube.com/some-channel", "https://notyoutube.com/"],
        "social": ["https://www.youtube.com/some-channel"],
        "keywords": [f"{page}/p7"],
    }
    assert document["hosts"]["links"] == {
        "firstParty": [own.hostname],
        "thirdParty": ["www.youtube.com", "notyoutube.com"],
    }
    assert "links" not in document["consentinel"]["not_looked_at"]


def test_only_forms_that_send_unencrypted_are_unsafe() -> None:
    plain = Form(id="news", action="http://a.example/subscribe", method="post")
    document = one_visit(forms=(plain, Form(id="", action="https://a.example/", method="get")), links=())
    assert document["unsafeForms"] == [{"id": "news", "action": "http://a.example/subscribe", "method": "post"}]


@pytest.mark.parametrize(
    ("asked", "reached", "https_redirect", "https_support"),
    [
        ("http://a.example/", "https://a.example/", True, True),
        ("http://a.example/", "http://a.example/", False, None),
        ("https://a.example/", "https://a.example/", None, True),
    ],
)
def test_the_connection_is_what_the_visit_showed(
    asked: str, reached: str, https_redirect: bool | None, https_support: bool | None
) -> None:
    told = one_visit(url=asked, final_url=reached, problems=())["secure_connection"]
    assert (told["https_redirect"], told["https_support"]) == (https_redirect, https_support)


def test_a_certificate_that_was_refused_is_told() -> None:
    problem = Problem(kind=ProblemKind.CERTIFICATE, message="The certificate of a.example has expired.")
    visit = {"url": "https://a.example/", "final_url": "https://a.example/", "problems": (problem,)}
    told = one_visit(status=VisitStatus.FAILED, **visit)["secure_connection"]
    assert (told["https_support"], told["https_error"]) == (False, problem.message)


def test_hosts_of_the_security_policy_are_named() -> None:
    policy = NameValue(
        name="content-security-policy",
        value="default-src 'self'; img-src data: https://*.pics.example; script-src 'nonce-x' cdn.example:8443",
    )
    pages = [request for request in recording().visits[0].requests if request.navigation]
    document = one_visit(requests=(pages[0].model_copy(update={"response_headers": (policy,)}),))
    assert document["hosts"]["contentSecurityPolicy"] == {
        "firstParty": [],
        "thirdParty": ["pics.example", "cdn.example"],
    }


def test_a_request_not_to_track_is_told() -> None:
    page = recording().visits[0].requests[0]
    asking = page.model_copy(update={"request_headers": (NameValue(name="dnt", value="1"),)})
    assert one_visit(requests=(asking,))["browser"]["extra_headers"]["dnt"] == 1
    assert one_visit(requests=(page,))["browser"]["extra_headers"]["dnt"] == 0
