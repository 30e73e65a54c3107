"""Importers: published structures in, our declaration out, and nothing half-read."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import pytest

from classifiers import importers
from classifiers.base import Purpose
from classifiers.declaration import Declaration, DeclarationError, DeclaredItem, Setter, Technology, parse_declaration
from classifiers.exports.to_yaml import declaration_yaml
from classifiers.importers import IMPORTERS, importer_for
from classifiers.importers.base import Imported, Importer, ListError, Material, import_declaration
from classifiers.importers.tcf_vendor_list import vendor_of
from classifiers.lifetimes import DAY

IMPORTS = Path(__file__).parent.parent / "fixtures" / "imports"
SHARED = {"base", "comma_separated", "grid", "json_text", "rows", "script_literals", "served", "tables", "words"}
MONTH = 365 * DAY / 12
YEAR = 365 * DAY
FILES = {
    "own.yaml": "yaml",
    "cookiebot-cc.js": "cookiebot",
    "cookiebot-table.html": "cookiebot-table",
    "onetrust.json": "onetrust",
    "onetrust-table.html": "onetrust-table",
    "termly.json": "termly",
    "tcf-disclosure.json": "tcf-disclosure",
    "tcf-vendor-list.json": "tcf-vendors",
    "open-cookie-database.csv": "open-cookie-database",
    "tables.html": "html",
    "list.csv": "csv",
}


def material(name: str, text: str | None = None) -> Material:
    return Material(name=name, text=text if text is not None else (IMPORTS / name).read_text(encoding="utf-8"))


def imported(name: str) -> Imported:
    return import_declaration(importer_for(FILES[name], material(name)), material(name))


def item(declaration: Declaration, name: str, technology: Technology = Technology.COOKIE) -> DeclaredItem:
    found = [known for known in declaration.items if known.name == name and known.technology is technology]
    assert len(found) == 1, f"{name}: {[known.name for known in declaration.items]}"
    return found[0]


def purposes(declaration: Declaration, name: str, technology: Technology = Technology.COOKIE) -> tuple[Purpose, ...]:
    return declaration.purposes_of(item(declaration, name, technology))


def meaning(declaration: Declaration) -> tuple[object, ...]:
    """All that counts; order of items and lines of the file do not."""
    items = sorted(known.model_dump_json(exclude={"place"}) for known in declaration.items)
    categories = sorted(known.model_dump_json(exclude={"place"}) for known in declaration.categories)
    recipients = sorted(known.model_dump_json(exclude={"place"}) for known in declaration.recipients)
    return (items, categories, recipients, declaration.service)


def test_the_tuple_names_every_importer_of_the_folder() -> None:
    found = set()
    for module in pkgutil.iter_modules(importers.__path__):
        if module.name in SHARED:
            continue
        loaded = importlib.import_module(f"classifiers.importers.{module.name}")
        found |= {
            kind
            for kind in vars(loaded).values()
            if isinstance(kind, type) and issubclass(kind, Importer) and kind.__module__ == loaded.__name__
        }
    assert found == set(IMPORTERS)
    assert len({importer.format for importer in IMPORTERS}) == len(IMPORTERS)


@pytest.mark.parametrize("name", FILES)
def test_the_structure_is_recognised_without_being_named(name: str) -> None:
    assert importer_for("auto", material(name)).format == FILES[name]


@pytest.mark.parametrize("name", FILES)
def test_what_is_imported_means_the_same_in_our_yaml(name: str) -> None:
    declaration = imported(name).declaration
    assert declaration.items or declaration.recipients
    assert meaning(parse_declaration(declaration_yaml(declaration))) == meaning(declaration)


def test_cookiebot_script() -> None:
    declaration = imported("cookiebot-cc.js").declaration
    assert len(declaration.items) == 10
    assert purposes(declaration, "PHPSESSID") == (Purpose.NECESSARY,)
    assert item(declaration, "PHPSESSID").domains == ("www.shop.example",)
    assert item(declaration, "PHPSESSID").lifetime == "session"
    assert item(declaration, "rc::a", Technology.LOCAL_STORAGE).lifetime == "persistent"
    ga = item(declaration, "_ga")
    assert (ga.provider, ga.source_url, ga.lifetime) == ("Google", "https://policies.google.com/privacy", 2 * YEAR)
    assert ga.description == "Registers a unique ID that's used to count visits."
    assert item(declaration, "/^_ga_[A-Z0-9]+$/").category_text == "Statistics"
    assert item(declaration, "_hjSession_*").lifetime == DAY
    assert purposes(declaration, "*/ads/ga-audiences", Technology.BEACON) == (Purpose.ADVERTISING,)
    assert item(declaration, "LogsDatabaseV2:V*/LogsRequestsStore", Technology.INDEXED_DB)
    assert purposes(declaration, "xq7") == (Purpose.UNCLASSIFIED,)


def test_a_cookiebot_script_that_says_it_has_no_list_is_refused() -> None:
    with pytest.raises(ListError, match=r"cookiebot-out-of-region\.js:1: says that the visitor is out of region"):
        importer_for("auto", material("cookiebot-out-of-region.js")).read(material("cookiebot-out-of-region.js"))


def test_cookiebot_page_table_in_german() -> None:
    declaration = imported("cookiebot-table.html").declaration
    assert purposes(declaration, "JSESSIONID") == (Purpose.NECESSARY,)
    assert purposes(declaration, "_ga") == (Purpose.ANALYTICS,)
    assert item(declaration, "_ga").lifetime == 13 * MONTH
    assert item(declaration, "_gcl_ls", Technology.LOCAL_STORAGE).lifetime == "persistent"
    assert {category.title for category in declaration.categories} == {"Notwendig", "Statistiken"}


def test_onetrust_json_and_a_category_that_nobody_knows() -> None:
    result = imported("onetrust.json")
    declaration = result.declaration
    assert item(declaration, "OptanonConsent").set_by is Setter.FIRST_PARTY
    assert item(declaration, "PHPSESSID").lifetime == "session"
    assert item(declaration, "AWSALB").lifetime == 6 * DAY
    assert item(declaration, "_ga_*").lifetime == 399 * DAY
    ide = item(declaration, "IDE")
    assert (ide.set_by, ide.domains) == (Setter.THIRD_PARTY, ("doubleclick.net",))
    assert declaration.purposes_of(ide) == (Purpose.ADVERTISING,)
    assert purposes(declaration, "wonder") == ()
    assert any("'Wonder Cookies' is not known" in note for note in result.notes)


def test_onetrust_page_table_pairs_cookies_with_their_lifespans() -> None:
    declaration = imported("onetrust-table.html").declaration
    assert item(declaration, "OptanonConsent").lifetime == YEAR
    assert item(declaration, "PHPSESSID").lifetime == "session"
    assert item(declaration, "IDE").set_by is Setter.THIRD_PARTY
    assert item(declaration, "test_cookie").lifetime == 5.0
    assert purposes(declaration, "test_cookie") == (Purpose.ADVERTISING,)


def test_termly() -> None:
    declaration = imported("termly.json").declaration
    assert item(declaration, "__cf_bm").lifetime == 1800.0
    assert item(declaration, "_ga").lifetime == YEAR + MONTH + 4 * DAY
    assert item(declaration, "views", Technology.SESSION_STORAGE)
    assert purposes(declaration, "*/collect", Technology.BEACON) == (Purpose.ANALYTICS,)


def test_tcf_disclosure() -> None:
    result = imported("tcf-disclosure.json")
    declaration = result.declaration
    uid = item(declaration, "uid")
    assert (uid.lifetime, uid.refreshed, uid.domains) == (33_696_000.0, True, ("ads.vendor.example",))
    assert declaration.purposes_of(uid) == (Purpose.ADVERTISING,)
    assert item(declaration, "_vndr_*").set_by is Setter.FIRST_PARTY
    assert purposes(declaration, "vndr_optout") == (Purpose.CONSENT_RECORD,)
    assert item(declaration, "vndr_sess").lifetime == "session"
    assert item(declaration, "vndr.segments", Technology.LOCAL_STORAGE).lifetime is None
    assert [note for note in result.notes if "vndr_app_id" in note]


def test_tcf_vendor_list_gives_recipients_and_never_an_item_that_covers_everything() -> None:
    declaration = imported("tcf-vendor-list.json").declaration
    assert declaration.items == ()
    assert declaration.recipients[0].entities == ("Vendor Example Ltd", "Measure Example GmbH")
    listed = material("tcf-vendor-list.json")
    assert vendor_of(listed, "https://measure.example/disclosure.json") == "Measure Example GmbH"
    assert vendor_of(listed, "https://nobody.example/disclosure.json") is None


def test_open_cookie_database() -> None:
    declaration = imported("open-cookie-database.csv").declaration
    assert item(declaration, "_ga").domains == ()
    assert item(declaration, "_ga_*").provider == "Google"
    assert item(declaration, "IDE").domains == ("doubleclick.net",)
    assert item(declaration, "__cf_bm").lifetime == 1800.0


def test_csv_with_german_words_and_semicolons() -> None:
    declaration = imported("list.csv").declaration
    assert item(declaration, "PHPSESSID").description == "Hält die Sitzung; nichts sonst"
    assert item(declaration, "_pk_id.*").domains == ("shop.example",)
    assert item(declaration, "wunder").lifetime == YEAR + MONTH
    assert purposes(declaration, "wunder") == ()


@pytest.mark.parametrize(
    ("name", "purpose", "lifetime"),
    [
        ("sid", Purpose.NECESSARY, "session"),
        ("lb_cors", Purpose.NECESSARY, 7 * DAY),
        ("_gid", Purpose.ANALYTICS, 13 * MONTH),
        ("_fbp", Purpose.ADVERTISING, 3 * MONTH),
        ("atuserid", Purpose.ANALYTICS, 13 * MONTH),
        ("panier", Purpose.NECESSARY, YEAR),
        ("idioma", Purpose.FUNCTIONAL, 2 * YEAR),
        ("profilo", Purpose.ADVERTISING, 6 * MONTH),
        ("taal", Purpose.FUNCTIONAL, YEAR),
        ("NACT", Purpose.ANALYTICS, 2 * YEAR),
        ("WMONID", Purpose.NECESSARY, "session"),
    ],
)
def test_tables_of_pages_in_seven_languages(name: str, purpose: Purpose, lifetime: object) -> None:
    declaration = imported("tables.html").declaration
    assert purposes(declaration, name) == (purpose,)
    assert item(declaration, name).lifetime == lifetime


def test_tables_with_spans_other_technologies_and_tables_that_are_no_lists() -> None:
    declaration = imported("tables.html").declaration
    assert len(declaration.items) == 16
    assert item(declaration, "lb").domains == ("shop.example",)  # the provider's cell spans two rows
    assert item(declaration, "theme", Technology.LOCAL_STORAGE).lifetime == "persistent"
    assert item(declaration, "/imp.gif", Technology.BEACON)
    assert not any("Monday" in known.name for known in declaration.items)


TABLE = "<table><tr><th>Cookie</th><th>Duration</th><th>Type</th></tr>{rows}</table>"
CSV = "name,duration,category\n{rows}\n"
OCD_HEADER = (IMPORTS / "open-cookie-database.csv").read_text(encoding="utf-8").partition("\n")[0]


@pytest.mark.parametrize(
    ("format", "text", "says"),
    [
        ("yaml", "schema: tracker-declaration/1\nitmes: []\n", r"f:2: itmes: unknown key \(did you mean 'items'\?\)"),
        ("cookiebot", "CookieConsentDialog.cookieTableNecessary = [];", r"f:1: cookieTableAdvertising is missing"),
        (
            "cookiebot",
            "\n".join(
                f"CookieConsentDialog.cookieTable{name} = [['a', 'b'" + ("];" if name == "Statistics" else "]];")
                for name in ("Necessary", "Preference", "Statistics", "Advertising")
            ),
            r"f:3: cookieTableStatistics: the array breaks off",
        ),
        ("cookiebot-table", "<p>nothing</p>", r"f:1: holds no table.CookieDeclarationTable"),
        ("onetrust", '{"DomainData": {"Groups": [{"GroupName": "x"}]}}', r"f: DomainData.Groups\[0\].OptanonGroupId"),
        ("onetrust", '{"DomainData":\n oops}', r"f:2: not valid JSON"),
        ("onetrust-table", '<div id="ot-sdk-cookie-policy"></div>', r"f:1: #ot-sdk-cookie-policy is empty"),
        ("termly", '{"cookies": {"essential": [{"tracker_type": "http_cookie"}]}}', r"cookies.essential\[0\].name"),
        ("termly", '{"cookies": {"essential": []}}', r"f:1: lists no item at all"),
        (
            "termly",
            '{"cookies": {"essential": [{"name": "a", "tracker_type": "hologram"}]}}',
            r"f: cookies.essential\[0\]: type: 'hologram' is not known; accepted: words for http_cookie",
        ),
        (
            "tcf-disclosure",
            '{"disclosures": [{"identifier": "a", "type": "cokie"}]}',
            r"f: disclosures\[0\].type: .*'cookie', 'web' or 'app'",
        ),
        (
            "tcf-disclosure",
            '{"disclosures": [{"identifier": "a", "type": "cookie", "purposes": [99]}]}',
            r"f: disclosures\[0\]: purposes: \[99\] are not TCF purposes",
        ),
        (
            "tcf-disclosure",
            '{"disclosures": [{"identifier": "*", "type": "cookie"}]}',
            r"name: '\*' would cover every name",
        ),
        ("tcf-vendors", '{"vendors": {}}', r"f: vendorListVersion: field required"),
        ("open-cookie-database", "ID,Platform\n1,2\n", r"f:1: columns missing: Category"),
        ("open-cookie-database", f"{OCD_HEADER}\n1,2,3\n", r"f:2: has 3 cells; accepted: 10"),
        ("html", "<table><tr><th>Day</th><th>Hours</th></tr></table>", r"f:1: no table of cookies was recognised"),
        ("html", TABLE.format(rows="\n<tr><td>a b</td><td>1 day</td><td></td></tr>"), r"f:2: name: 'a b' cannot be"),
        ("html", TABLE.format(rows="\n<tr><td></td><td>1 day</td><td>HTTP</td></tr>"), r"f:2: name: is empty"),
        ("html", TABLE.format(rows="\n\n<tr><td>a</td><td>soonish</td><td>HTTP</td></tr>"), r"f:3: lifetime of 'a'"),
        ("html", TABLE.format(rows="<tr><td>a</td><td>1 day</td><td>magic</td></tr>"), r"f:1: type: 'magic'"),
        ("csv", "a,b\n1,2\n", r"f:1: the header is not understood"),
        ("csv", CSV.format(rows="sid,1 day"), r"f:2: has 2 cells; accepted: 3"),
        ("csv", CSV.format(rows='sid,"1 day,x'), r"f:1: not valid CSV"),
        ("csv", CSV.format(rows="sid,1 to 2 years,x"), r"f:2: lifetime of 'sid': '1 to 2 years' is no lifetime"),
    ],
)
def test_what_cannot_be_read_names_the_place_and_the_accepted_form(format: str, text: str, says: str) -> None:
    given = material("f", text)
    with pytest.raises(DeclarationError, match=says) as caught:
        import_declaration(importer_for(format, given), given)
    if format != "yaml":
        assert "accepted" in str(caught.value) or "failed to load" in str(caught.value)


def test_a_half_readable_list_is_handed_out_only_to_who_asks_for_the_readable_part() -> None:
    given = material("f", CSV.format(rows="sid,1 day,Necessary\nbad,sometime,Necessary"))
    importer = importer_for("csv", given)
    with pytest.raises(DeclarationError, match="f:3"):
        import_declaration(importer, given)
    partial = import_declaration(importer, given, partial=True)
    assert [known.name for known in partial.declaration.items] == ["sid"]
    assert len(partial.faults) == 1


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith((".js", ".json", ".html"))])
def test_a_file_that_breaks_off_is_never_read_as_a_shorter_list(name: str) -> None:
    whole = (IMPORTS / name).read_text(encoding="utf-8")
    everything = meaning(imported(name).declaration)
    for part in range(1, 20):
        given = material(name, whole[: len(whole) * part // 20])
        try:
            read = import_declaration(importer_for(FILES[name], given), given).declaration
        except DeclarationError:
            continue
        assert meaning(read) == everything, f"cut at {part}/20"


def test_a_file_of_no_known_structure_is_told_all_accepted_forms() -> None:
    with pytest.raises(ListError, match="of no known structure") as caught:
        importer_for("auto", material("f", "Dear visitor, we use cookies."))
    assert all(importer.accepts in str(caught.value) for importer in IMPORTERS)
    with pytest.raises(ListError, match="no format called 'cookibot'"):
        importer_for("cookibot", material("f", ""))
