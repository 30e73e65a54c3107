"""Lists taken where they are served: from a page, and from what a stored scan met; over real HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from classifiers.declaration import Declaration, read_declaration
from classifiers.importers import importer_for
from classifiers.importers.base import Material, import_declaration
from classifiers.importers.served import Served, served_in_page, served_in_requests
from consentinel.cli import Verbs
from consentinel.verbs import declare
from tests.rule_cases import ShortRequest, ShortVisit, whole_scan, whole_visit
from tests.small_http import SmallServer
from tests.stores import scan_file

IMPORTS = Path(__file__).parent.parent / "fixtures" / "imports"
SITE = "0a1b2c3d-0000-4000-8000-00000000000a"
DOCUMENT = "0a1b2c3d-0000-4000-8000-00000000000b"
RULES = "0a1b2c3d-0000-4000-8000-00000000000c"
ELSEWHERE = "0a1b2c3d-0000-4000-8000-00000000000d"


def file(name: str) -> bytes:
    return (IMPORTS / name).read_bytes()


@pytest.fixture
def server() -> Iterator[SmallServer]:
    """As the platforms serve their lists, below one origin."""
    made = SmallServer()
    made.serves = {
        f"/{SITE}/cc.js": file("cookiebot-cc.js"),
        f"/consent/{SITE}/{SITE}.json": json.dumps(
            {
                "RuleSet": [
                    {"Id": ELSEWHERE, "Name": "Rest of the world", "LanguageSwitcherPlaceholder": {"default": "en"}},
                    {
                        "Id": RULES,
                        "Name": "GDPR",
                        "Default": True,
                        "LanguageSwitcherPlaceholder": {"default": "de", "en": "en"},
                    },
                ]
            }
        ).encode(),
        f"/consent/{SITE}/{RULES}/de.json": file("onetrust.json"),
        f"/api/v1/snippets/websites/{SITE}": json.dumps(
            {"documents": [{"name": "Privacy Policy", "uuid": SITE}, {"name": "Cookie Policy", "uuid": DOCUMENT}]}
        ).encode(),
        f"/api/v1/snippets/websites/{SITE}/documents/{DOCUMENT}/cookies": file("termly.json"),
        "/cookies.html": file("tables.html"),
        "/declared.json": file("tcf-disclosure.json"),
        "/nothing.html": b"<html><body><p>We love cookies.</p></body></html>",
    }
    yield made
    made.close()


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    app = typer.Typer(cls=Verbs)
    app.add_typer(declare.app, name="declare")
    return CliRunner().invoke(
        app, ["declare", "import", *arguments, "-o", "out.yaml", "--force"], env={"COLUMNS": "200", "TERM": "dumb"}
    )


def told(result: Result) -> str:
    return " ".join(result.output.split())


def names(declaration: Declaration) -> list[tuple[str, str]]:
    return sorted((item.name, item.technology.value) for item in declaration.items)


def of_file(format: str, name: str) -> list[tuple[str, str]]:
    material = Material(name=name, text=file(name).decode())
    return names(import_declaration(importer_for(format, material), material).declaration)


def page_with(script: str) -> bytes:
    return f"<!doctype html><html><head>{script}</head><body><h1>Shop</h1></body></html>".encode()


@pytest.mark.parametrize(
    ("script", "format", "name", "last"),
    [
        (f'<script id="Cookiebot" src="/uc.js" data-cbid="{SITE}">', "cookiebot", "cookiebot-cc.js", f"/{SITE}/cc.js"),
        (f'<script src="{{origin}}/uc.js?cbid={SITE}">', "cookiebot", "cookiebot-cc.js", f"/{SITE}/cc.js"),
        (f'<script src="//{{host}}/{SITE}/cd.js">', "cookiebot", "cookiebot-cc.js", f"/{SITE}/cc.js"),
        (
            f'<script src="/scripttemplates/otSDKStub.js" data-domain-script="{SITE}">',
            "onetrust",
            "onetrust.json",
            f"/consent/{SITE}/{RULES}/de.json",
        ),
        (
            f'<script src="/embed.min.js" data-name="termly-embed-banner" data-website-uuid="{SITE}">',
            "termly",
            "termly.json",
            f"/documents/{DOCUMENT}/cookies",
        ),
        (f'<script src="/embed.min.js" id="{SITE}">', "termly", "termly.json", f"/documents/{DOCUMENT}/cookies"),
        (f'<script src="/resource-blocker/{SITE}?autoBlock=on">', "termly", "termly.json", "/cookies"),
    ],
)
def test_the_platform_of_a_page_is_asked_for_its_list(
    server: SmallServer, tmp_path: Path, script: str, format: str, name: str, last: str
) -> None:
    host = server.origin.removeprefix("http://")
    server.serves["/"] = page_with(script.replace("{origin}", server.origin).replace("{host}", host) + "</script>")
    result = run("--from-page", f"{server.origin}/")
    assert result.exit_code == 0, result.output
    declared = read_declaration(tmp_path / "out.yaml")
    assert names(declared) == of_file(format, name)
    asked, referer = server.asked[-1]
    assert last in asked
    assert referer == f"{server.origin}/", "Cookiebot answers only for pages of the registered site"
    assert declared.source is not None
    assert declared.source.url == server.origin + asked


def test_which_of_several_rule_sets_was_taken_is_told(server: SmallServer) -> None:
    server.serves["/"] = page_with(f'<script src="/scripttemplates/otSDKStub.js" data-domain-script="{SITE}"></script>')
    result = run("--from-page", f"{server.origin}/")
    assert "2 rule sets for different regions are served; this is 'GDPR'" in told(result)


def test_a_page_without_a_platform_is_read_by_its_own_table(server: SmallServer, tmp_path: Path) -> None:
    assert run("--from-page", f"{server.origin}/cookies.html").exit_code == 0
    assert names(read_declaration(tmp_path / "out.yaml")) == of_file("html", "tables.html")


def test_a_page_may_be_in_another_encoding_that_it_names(server: SmallServer, tmp_path: Path) -> None:
    page = (
        "<html><head><meta charset='iso-8859-1'></head><body><table><tr><th>Cookie</th><th>Durée</th><th>Finalité</th>"
        "</tr><tr><td>panier</td><td>1 an</td><td>Mémorise le panier</td></tr></table></body></html>"
    )
    server.serves["/fr"] = page.encode("iso-8859-1")
    assert run("--from-page", f"{server.origin}/fr").exit_code == 0
    (item,) = read_declaration(tmp_path / "out.yaml").items
    assert (item.name, item.description) == ("panier", "Mémorise le panier")


def test_an_address_may_be_the_list_itself(server: SmallServer, tmp_path: Path) -> None:
    assert run("--from-page", f"{server.origin}/declared.json").exit_code == 0
    assert names(read_declaration(tmp_path / "out.yaml")) == of_file("tcf-disclosure", "tcf-disclosure.json")


def test_a_table_beside_the_platform_is_told_and_can_be_chosen(server: SmallServer, tmp_path: Path) -> None:
    script = f'<script src="/uc.js" data-cbid="{SITE}"></script>'
    server.serves["/both"] = file("tables.html").replace(b"</head>", script.encode() + b"</head>")
    assert script.encode() in server.serves["/both"]
    first = run("--from-page", f"{server.origin}/both")
    assert "the page also holds a table of its own: take it with FORMAT html" in told(first)
    assert names(read_declaration(tmp_path / "out.yaml")) == of_file("cookiebot", "cookiebot-cc.js")
    assert run("html", "--from-page", f"{server.origin}/both").exit_code == 0
    assert names(read_declaration(tmp_path / "out.yaml")) == of_file("html", "tables.html")


def store_of(folder: Path, *urls: str) -> Path:
    visit = whole_visit(ShortVisit(requests=tuple(ShortRequest(url=url, type="script") for url in urls)))
    return scan_file(folder, scan=whole_scan([visit], scenarios=("silent",)), visits=[visit])


@pytest.mark.parametrize(
    ("path", "format", "name"),
    [
        (f"/{SITE}/cc.js?renew=false&referer=www.shop.example&culture=de", "cookiebot", "cookiebot-cc.js"),
        (f"/consent/{SITE}/{RULES}/de.json", "onetrust", "onetrust.json"),
        (f"/consent/{SITE}/{SITE}.json", "onetrust", "onetrust.json"),
        (f"/api/v1/snippets/websites/{SITE}", "termly", "termly.json"),
        (f"/api/v1/snippets/websites/{SITE}/documents/{DOCUMENT}/cookies", "termly", "termly.json"),
    ],
)
def test_what_a_scan_met_is_fetched_as_its_pages_did(
    server: SmallServer, tmp_path: Path, path: str, format: str, name: str
) -> None:
    store = store_of(tmp_path, "https://www.shop.example/app.js", server.origin + path)
    result = run("--from-scan", str(store))
    assert result.exit_code == 0, result.output
    assert names(read_declaration(tmp_path / "out.yaml")) == of_file(format, name)
    assert server.asked[0] == (path, "https://www.shop.example/")


def vendor(number: int, name: str, address: str, site: str) -> dict[str, object]:
    return {"id": number, "name": name, "deviceStorageDisclosureUrl": address, "urls": [{"privacy": site}]}


@pytest.fixture
def vendor_list(server: SmallServer) -> str:
    """The address of a list of two vendors."""
    elsewhere = server.origin.replace("127.0.0.1", "localhost")  # another site than the list's
    vendors = [
        vendor(1, "Met Ads Ltd", f"{elsewhere}/met.json", "https://www.met-ads.example/privacy"),
        vendor(2, "Never Met GmbH", f"{elsewhere}/unmet.json", "https://unmet.example/privacy"),
    ]
    listed = {"vendorListVersion": 9, "vendors": {str(one["id"]): one for one in vendors}}
    server.serves["/v3/vendor-list.json"] = json.dumps(listed).encode()
    server.serves["/met.json"] = file("tcf-disclosure.json")
    return f"{server.origin}/v3/vendor-list.json"


def test_the_vendors_that_a_scan_met_tell_what_they_store(
    server: SmallServer, vendor_list: str, tmp_path: Path
) -> None:
    store = store_of(tmp_path, vendor_list, "https://pixel.met-ads.example/p.gif")
    assert run("tcf-disclosure", "--from-scan", str(store)).exit_code == 0
    declared = read_declaration(tmp_path / "out.yaml")
    assert names(declared) == of_file("tcf-disclosure", "tcf-disclosure.json")
    assert {item.provider for item in declared.items} == {"Met Ads Ltd"}
    assert "/unmet.json" not in [path for path, _ in server.asked]
    assert run("--from-scan", str(store)).exit_code == 0
    assert read_declaration(tmp_path / "out.yaml").recipients[0].entities == ("Met Ads Ltd", "Never Met GmbH")


def test_a_vendor_whose_disclosure_is_missing_is_not_left_out_silently(vendor_list: str, tmp_path: Path) -> None:
    store = store_of(tmp_path, vendor_list, "https://met-ads.example/a", "https://unmet.example/b")
    failed = run("tcf-disclosure", "--from-scan", str(store))
    assert (failed.exit_code, (tmp_path / "out.yaml").exists()) == (2, False)
    assert re.search(r"Never Met GmbH: http://localhost:\d+/unmet\.json answered 404", told(failed))
    partly = run("tcf-disclosure", "--from-scan", str(store), "--partial")
    assert partly.exit_code == 0
    assert "left out: Never Met GmbH" in told(partly)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "nothing to import was given; accepted: one of FILE, --from-page URL and --from-scan STORE"),
        (["--from-page", "{origin}/", "--from-scan", "x"], "--from-page and --from-scan were given"),
        (["absent.json"], "absent.json: no such file"),
        (["--from-page", "{origin}/missing"], "/missing answered 404"),
        (["--from-page", "{origin}/nothing.html"], "nothing.html:1: holds no table of cookies and no script of"),
        (["html", "--from-page", "{origin}/nothing.html"], "nothing.html:1: no table of cookies was recognised"),
        (["cookibot", "--from-page", "{origin}/"], "no format called 'cookibot' (did you mean 'cookiebot'?)"),
        (["--from-page", "file:///etc/hostname"], "file:///etc/hostname is not an address; accepted: http://"),
        (["--from-page", "http://127.0.0.1:9/"], "http://127.0.0.1:9/ cannot be reached"),
        (["--from-scan", "absent.sqlite"], "absent.sqlite: there is no scan here"),
    ],
)
def test_mistakes_end_with_2_and_a_sentence(
    server: SmallServer, tmp_path: Path, arguments: list[str], says: str
) -> None:
    result = run(*(argument.replace("{origin}", server.origin) for argument in arguments))
    assert (result.exit_code, says in told(result)) == (2, True), result.output
    assert not (tmp_path / "out.yaml").exists()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (file("cookiebot-out-of-region.js"), "says that the visitor is out of region"),
        (file("cookiebot-cc.js")[:900], "accepted: the script cc.js of Cookiebot"),
        (b"<html>Service unavailable</html>", "cookieTableAdvertising is missing"),
        (b"", "cookieTableAdvertising is missing"),
        (b"\xff\xfe\x00", "is neither UTF-8 text nor says what it is"),
    ],
)
def test_a_platform_that_serves_no_whole_list_is_refused(
    server: SmallServer, tmp_path: Path, body: bytes, says: str
) -> None:
    server.serves["/"] = page_with(f'<script src="/uc.js" data-cbid="{SITE}"></script>')
    server.serves[f"/{SITE}/cc.js"] = body
    result = run("--from-page", f"{server.origin}/")
    assert (result.exit_code, says in told(result)) == (2, True), result.output
    assert not (tmp_path / "out.yaml").exists()


def test_an_index_that_names_no_list_is_refused(server: SmallServer) -> None:
    server.serves["/"] = page_with(f'<script src="/embed.min.js" data-website-uuid="{SITE}"></script>')
    server.serves[f"/api/v1/snippets/websites/{SITE}"] = b'{"documents": []}'
    assert "documents: hold no Cookie Policy" in told(run("--from-page", f"{server.origin}/"))
    server.serves["/"] = page_with(f'<script src="/scripttemplates/s.js" data-domain-script="{SITE}"></script>')
    server.serves[f"/consent/{SITE}/{SITE}.json"] = b'{"RuleSet": []}'
    assert "RuleSet: names no rule set with a language" in told(run("--from-page", f"{server.origin}/"))


def test_a_scan_that_met_no_platform_says_what_to_do(tmp_path: Path) -> None:
    result = run("--from-scan", str(store_of(tmp_path, "https://www.shop.example/app.js")))
    assert result.exit_code == 2
    assert "met no platform that serves its list; give the cookie page with --from-page URL" in told(result)


def test_the_published_addresses_of_the_platforms() -> None:
    page = "https://www.shop.example/cookies"
    html = (
        '<script src="https://cdn.cookielaw.org/scripttemplates/otSDKStub.js" '
        f'data-domain-script="{SITE}-test"></script>'
        f'<script src="https://consent.cookiebot.com/uc.js" data-cbid="{SITE}"></script>'
        f'<script src="https://app.termly.io/resource-blocker/{SITE}"></script>'
        '<script>var x = 1</script><script src="/app.js"></script>'
    )
    assert [served.address for served in served_in_page(html, address=page)] == [
        f"https://consent.cookiebot.com/{SITE}/cc.js?referer=www.shop.example",
        f"https://cdn.cookielaw.org/consent/{SITE}-test/{SITE}-test.json",
        f"https://app.termly.io/api/v1/snippets/websites/{SITE}",
    ]


def test_a_list_that_was_asked_for_is_preferred_to_its_index_and_others_stay() -> None:
    base = f"https://cdn.cookielaw.org/consent/{SITE}"
    urls = (f"{base}/{SITE}.json", f"{base}/{RULES}/de-AT.json", f"{base}/otCenterRounded.json", "data:,x", "http://[")
    found = served_in_requests([(url, "https://www.shop.example/") for url in urls])
    assert found == (
        Served(format="onetrust", address=f"{base}/{RULES}/de-AT.json", referer="https://www.shop.example/"),
    )
