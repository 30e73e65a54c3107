"""Whatever a list of a published structure holds: imported, written as our YAML and read again, it means the same."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from classifiers.declaration import Declaration, parse_declaration
from classifiers.exports.to_yaml import declaration_yaml
from classifiers.importers import IMPORTERS, importer_for
from classifiers.importers.base import Material, import_declaration
from classifiers.importers.open_cookie_database import COLUMNS
from classifiers.lifetimes import DAY, parse_lifetime
from tests.test_importers import meaning


class Listed(NamedTuple):
    name: str
    host: str
    lifetime: str
    category: str
    about: str


LIKE_YAML = (
    "null",
    "yes",
    "on",
    "~",
    "1e3",
    "0o17",
    "1_000",
    "-",
    "!tag",
    "&a",
    "*ga"[1:],
    "%a",
    "@a",
    "a:",
    ".5",
    "|",
    "0",
)
"""Names that YAML would take for something else."""
NAMES = st.one_of(
    st.sampled_from(LIKE_YAML), st.text("abcghiABCGHI0123456789_-.:$|%&+~^!@", min_size=1, max_size=20)
).filter(lambda name: name.strip(".-:|~^!@$%&+_") != "")
HOSTS = st.sampled_from(["shop.example", "ads.vendor.example", "cdn.measure.example"])
LIFETIMES = st.sampled_from(["Session", "1 day", "13 months", "2 years", "30 minutes", "400 days"])
CATEGORIES = st.sampled_from(["Necessary", "Statistics", "Marketing"])
ABOUTS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Co", "Cn")), max_size=60).map(
    lambda text: " ".join(text.split())
)
LISTS = st.lists(
    st.builds(Listed, NAMES, HOSTS, LIFETIMES, CATEGORIES, ABOUTS),
    min_size=1,
    max_size=8,
    unique_by=lambda one: one.name,
)


def seconds(words: str) -> float | None:
    lifetime = parse_lifetime(words.lower())
    return lifetime if isinstance(lifetime, float) else None


def own(listed: Sequence[Listed]) -> str:
    declaration = Declaration.model_validate(
        {
            "schema": "tracker-declaration/1",
            "categories": [{"id": name, "title": name.title()} for name in sorted({one.category for one in listed})],
            "items": [
                {
                    "name": one.name,
                    "technology": "http_cookie",
                    "domains": [one.host],
                    "lifetime": one.lifetime.lower(),
                    "category": one.category,
                    "description": one.about or None,
                }
                for one in listed
            ],
        }
    )
    return declaration_yaml(declaration)


def cookiebot(listed: Sequence[Listed]) -> str:
    tables = {"Necessary": "Necessary", "Preference": "-", "Statistics": "Statistics", "Advertising": "Marketing"}
    lines = []
    for table, category in tables.items():
        rows = [
            [one.name, one.host, html.escape(one.about), one.lifetime, "HTTP Cookie", "1", "", ""]
            for one in listed
            if one.category == category
        ]
        lines.append(f"CookieConsentDialog.cookieTable{table} = {json.dumps(rows)};")
    return "\n".join(lines)


def cookiebot_table(listed: Sequence[Listed]) -> str:
    groups = []
    for category in sorted({one.category for one in listed}):
        rows = "".join(
            f"<tr><td>{html.escape(one.name)}</td><td>{one.host}</td><td>{html.escape(one.about)}</td>"
            f"<td>{one.lifetime}</td><td>HTTP Cookie</td></tr>"
            for one in listed
            if one.category == category
        )
        groups.append(
            f"<div class='CookieDeclarationType'><p class='CookieDeclarationTypeHeader'>{category} (1)</p>"
            "<table class='CookieDeclarationTable'><tr><th>Name</th><th>Provider</th><th>Purpose</th>"
            f"<th>Maximum Storage Duration</th><th>Type</th></tr>{rows}</table></div>"
        )
    return f"<div class='CookieDeclaration'>{''.join(groups)}</div>"


def onetrust(listed: Sequence[Listed]) -> str:
    groups = [
        {
            "OptanonGroupId": f"C{number}",
            "GroupName": category,
            "FirstPartyCookies": [
                {
                    "Name": one.name,
                    "Host": one.host,
                    "IsSession": one.lifetime == "Session",
                    "Length": str((seconds(one.lifetime) or 0.0) / DAY),
                    "description": one.about,
                }
                for one in listed
                if one.category == category
            ],
        }
        for number, category in enumerate(sorted({one.category for one in listed}))
    ]
    return json.dumps({"DomainData": {"Groups": groups}})


def onetrust_table(listed: Sequence[Listed]) -> str:
    sections = [
        f"<h4 class='ot-sdk-cookie-policy-group'>{one.category}</h4><table><tr><td class='ot-host-td'>{one.host}</td>"
        f"<td class='ot-cookies-td'><a>{html.escape(one.name)}</a></td><td class='ot-cookies-type'>First Party</td>"
        f"<td class='ot-life-span-td'>{one.lifetime}</td></tr></table>"
        for one in listed
    ]
    return f"<div id='ot-sdk-cookie-policy'>{''.join(sections)}</div>"


def termly(listed: Sequence[Listed]) -> str:
    cookies: dict[str, list[dict[str, str]]] = {"essential": [], "analytics": [], "advertising": []}
    keys = {"Necessary": "essential", "Statistics": "analytics", "Marketing": "advertising"}
    for one in listed:
        cookies[keys[one.category]].append(
            {
                "name": one.name,
                "tracker_type": "http_cookie",
                "domain": one.host,
                "expire": one.lifetime.lower(),
                "en_us": one.about,
            }
        )
    return json.dumps({"cookies": cookies})


def tcf(listed: Sequence[Listed]) -> str:
    purposes = {"Necessary": [1], "Statistics": [1, 8], "Marketing": [1, 3, 4]}
    return json.dumps(
        {
            "disclosures": [
                {
                    "identifier": one.name,
                    "type": "cookie",
                    "maxAgeSeconds": seconds(one.lifetime) or 0,
                    "cookieRefresh": False,
                    "domains": [one.host],
                    "purposes": purposes[one.category],
                    "description": one.about,
                }
                for one in listed
            ]
        }
    )


def vendors(listed: Sequence[Listed]) -> str:
    known = {str(number): {"id": number, "name": one.about or one.name} for number, one in enumerate(listed, 1)}
    return json.dumps({"vendorListVersion": 1, "vendors": known})


def database(listed: Sequence[Listed]) -> str:
    rows = [
        ("1", "Shop", one.category, one.name, one.host, one.about, one.lifetime, "Shop", "https://shop.example/", "0")
        for one in listed
    ]
    return separated([COLUMNS, *rows])


def tables(listed: Sequence[Listed]) -> str:
    rows = "".join(
        f"<tr><td>{html.escape(one.name)}</td><td>{one.host}</td><td>{html.escape(one.about)}</td>"
        f"<td>{one.lifetime}</td><td>{one.category}</td></tr>"
        for one in listed
    )
    return (
        "<html><body><h1>Cookies</h1><table><tr><th>Cookie</th><th>Domain</th><th>Description</th><th>Duration</th>"
        f"<th>Category</th></tr>{rows}</table></body></html>"
    )


def comma(listed: Sequence[Listed]) -> str:
    rows = [(one.name, one.host, one.about, one.lifetime, one.category) for one in listed]
    return separated([("name", "domain", "description", "duration", "category"), *rows])


def separated(rows: Sequence[Sequence[str]]) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()


WRITTEN: dict[str, Callable[[Sequence[Listed]], str]] = {
    "yaml": own,
    "cookiebot": cookiebot,
    "cookiebot-table": cookiebot_table,
    "onetrust": onetrust,
    "onetrust-table": onetrust_table,
    "termly": termly,
    "tcf-disclosure": tcf,
    "tcf-vendors": vendors,
    "open-cookie-database": database,
    "html": tables,
    "csv": comma,
}
"""As each platform writes the same list."""
SEPARATES_NAMES = frozenset({"cookiebot-table", "html", "csv"})
"""Cells that may list several names drop the punctuation around them."""


def test_every_importer_is_tried() -> None:
    assert set(WRITTEN) == {importer.format for importer in IMPORTERS}


@pytest.mark.parametrize("format", WRITTEN)
@given(listed=LISTS)
@settings(max_examples=8, deadline=None, derandomize=True, phases=(Phase.generate,))
def test_what_is_imported_means_the_same_in_our_yaml(format: str, listed: list[Listed]) -> None:
    text = WRITTEN[format](listed)
    material = Material(name="list", text=text)
    assert importer_for("auto", material).format == format
    declaration = import_declaration(importer_for(format, material), material).declaration
    assert meaning(parse_declaration(declaration_yaml(declaration))) == meaning(declaration)
    if format == "tcf-vendors":
        assert set(declaration.recipients[0].entities) == {one.about or one.name for one in listed}
        return
    strip = " .\"'“”`" if format in SEPARATES_NAMES else ""
    held = {
        (item.name, item.lifetime if item.lifetime == "session" else float(item.lifetime or 0), item.domains)
        for item in declaration.items
    }
    wanted = {
        (one.name.strip(strip) if strip else one.name, seconds(one.lifetime) or "session", (one.host,))
        for one in listed
    }
    assert held == wanted
