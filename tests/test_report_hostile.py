"""Every recorded string is an attack, and none of them is alive in any output."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reports import REPORTERS
from reports.base import Reporter
from reports.context import Context
from reports.neutral import cell, json_safe, markdown, visible
from reports.to_csv import UNDECIDED, WAIVER, ToCsv
from reports.to_github import ToGithub
from reports.to_html import ToHtml
from reports.to_junit import ToJunit
from reports.to_markdown import ToMarkdown
from tests import audits

UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
OUR_TAGS = {
    *("html", "head", "meta", "title", "style", "body", "a", "header", "div", "p", "span", "code", "nav", "ul", "ol"),
    *("li", "b", "main", "section", "h1", "h2", "h3", "h4", "small", "table", "thead", "tbody", "tr", "th", "td", "br"),
    *("dl", "dt", "dd", "details", "summary", "figure", "figcaption", "blockquote", "q", "article", "img", "footer"),
    *("script", "strong", "i", "svg", "circle", "rect", "path", "line", "text"),
}


@pytest.fixture(scope="module")
def outputs() -> dict[type[Reporter], str]:
    audit = audits.hostile_audit()
    context = audits.hostile_context(audit)
    return {reporter: reporter(context).render(audit) for reporter in REPORTERS}


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.comments: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts.append(data)
            self._inside = ""

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def parsed(text: str) -> Page:
    page = Page()
    page.feed(text)
    return page


def test_the_attacks_are_in_the_audit_and_everywhere() -> None:
    text = audits.hostile_audit().model_dump_json()
    assert text.count("alert(1)") > 200
    assert "atelier-nord" not in text


def test_no_output_holds_an_unseen_character(outputs: dict[type[Reporter], str]) -> None:
    for reporter, text in outputs.items():
        assert not UNSEEN.search(text), reporter.format


def test_the_page_holds_only_our_tags_and_no_handlers(outputs: dict[type[Reporter], str]) -> None:
    page = parsed(outputs[ToHtml])
    assert {tag for tag, _ in page.tags} <= OUR_TAGS
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on") or name == "style"]
    assert page.comments == []
    clean = parsed(ToHtml(audits.context(audits.audit())).render(audits.audit()))
    assert page.scripts == clean.scripts
    assert len(page.scripts) == 1


def test_the_page_links_only_into_itself_and_loads_nothing(outputs: dict[type[Reporter], str]) -> None:
    for tag, attributes in parsed(outputs[ToHtml]).tags:
        assert str(attributes.get("href", "#")).startswith("#"), tag
        assert str(attributes.get("src", "data:image/png;base64,")).startswith("data:image/"), tag
        assert not attributes.keys() & {"srcset", "action", "formaction", "poster", "background", "srcdoc", "ping"}


def test_anchors_are_ours_and_unique(outputs: dict[type[Reporter], str]) -> None:
    page = parsed(outputs[ToHtml])
    ids = [str(attributes["id"]) for _, attributes in page.tags if "id" in attributes]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9_-]+", one) for one in ids)
    targets = {str(attributes["href"])[1:] for _, attributes in page.tags if "href" in attributes}
    assert targets <= set(ids)


def test_pictures_are_pictures() -> None:
    for uri in ("javascript:alert(1)", "data:text/html;base64,PHNjcmlwdD4=", "data:image/svg+xml;base64,PHN2Zz4=", "x"):
        with pytest.raises(ValueError, match="not a PNG"):
            Context(screenshots={"a.png": uri})


def test_no_cell_of_the_inventory_is_a_formula(outputs: dict[type[Reporter], str]) -> None:
    rows = list(csv.reader(io.StringIO(outputs[ToCsv], newline="")))
    assert len([row for row in rows if row[0] not in (UNDECIDED, WAIVER)]) == len(audits.hostile_audit().items) + 1
    assert not [value for row in rows for value in row if re.match(r"\s*[=+\-@|%]", value)]


def test_the_comment_holds_no_link_picture_html_or_mention(outputs: dict[type[Reporter], str]) -> None:
    text = outputs[ToMarkdown]
    tokens = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(text)
    leaves = [child for token in tokens for child in (token.children or [token])]
    assert not {leaf.type for leaf in leaves} & {"link_open", "image", "heading_fence", "table_open"}
    html = {leaf.content.strip() for leaf in leaves if leaf.type in ("html_inline", "html_block")}
    assert html <= {"<!-- -->", "<!-- consentinel -->"}
    prose = "\0".join(leaf.content for leaf in leaves if leaf.type == "text")
    assert not re.search(r"@\w|https?://|www\.", prose)
    assert sum(token.type == "heading_open" for token in tokens) == 1


def test_no_line_of_the_annotations_is_a_command_of_the_page(outputs: dict[type[Reporter], str]) -> None:
    lines = outputs[ToGithub].split("\n")
    assert lines[-1] == ""
    for line in lines[:-1]:
        head, _, _ = line.removeprefix("::").partition("::")
        assert re.match(r"(error|warning|notice) ", head)
        properties = head.partition(" ")[2]
        assert [part.partition("=")[0] for part in properties.split(",")] in (["title"], ["file", "line", "title"])
        assert "%0A" not in line.upper().replace("%250A", "")


def test_the_xml_is_well_formed_and_holds_only_junit(outputs: dict[type[Reporter], str]) -> None:
    root = ElementTree.fromstring(outputs[ToJunit])
    known = {"testsuites", "testsuite", "testcase", "failure", "skipped", "error", "system-out"}
    assert {element.tag for element in root.iter()} <= known


def test_json_outputs_are_json_and_safe_inside_a_page(outputs: dict[type[Reporter], str]) -> None:
    for reporter, text in outputs.items():
        if reporter.filename.endswith((".json", ".sarif")):
            json.loads(text)
            assert not re.search(r"[<>&]", text), reporter.format


def test_sarif_messages_hold_no_link(outputs: dict[type[Reporter], str]) -> None:
    text = next(text for reporter, text in outputs.items() if reporter.format == "sarif")
    for result in json.loads(text)["runs"][0]["results"]:
        assert not re.search(r"(?<!\\)\[[^\]]*(?<!\\)\]\(", result["message"]["text"])


ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=60)


@settings(max_examples=300)
@given(ANY_TEXT)
def test_visible_text_is_one_line_without_unseen_characters(text: str) -> None:
    shown = visible(text)
    assert not UNSEEN.search(shown)
    assert len(shown.splitlines()) <= 1
    assert visible(shown) == shown


@settings(max_examples=300)
@given(ANY_TEXT)
def test_safe_json_means_the_same(text: str) -> None:
    encoded = json.dumps([text], ensure_ascii=False)
    safe = json_safe(encoded)
    assert json.loads(safe) == [text]
    assert not re.search(r"[<>&\u2028\u2029]", safe)


@settings(max_examples=300)
@given(ANY_TEXT)
def test_no_text_becomes_a_formula(text: str) -> None:
    assert not re.match(r"\s*[=+\-@|%]", cell(text))


@settings(max_examples=300)
@given(ANY_TEXT)
def test_no_text_becomes_markup_in_a_comment(text: str) -> None:
    tokens = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(f"- fix: {markdown(text)}")
    leaves = [child for token in tokens for child in token.children or []]
    assert not {leaf.type for leaf in leaves} & {
        "link_open",
        "image",
        "code_inline",
        "em_open",
        "strong_open",
        "s_open",
    }
    assert {leaf.content for leaf in leaves if leaf.type == "html_inline"} <= {"<!-- -->"}


@settings(max_examples=25, deadline=None)
@given(ANY_TEXT)
def test_no_text_becomes_a_tag_in_the_page(text: str) -> None:
    row = audits.finding(name=text or "x", observation=text, title=text, fix=text, blame=(text, text), scenario=text)
    page = parsed(ToHtml().render(audits.clean_audit(findings=(row,), site=text)))
    assert {tag for tag, _ in page.tags} <= OUR_TAGS
    assert all(str(attributes.get("href", "#")).startswith("#") for _, attributes in page.tags)
