"""The report that people read: one self-contained HTML file, no network, works with scripts off."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from classifiers.findings import Audit
from reports.base import Reporter
from reports.neutral import capital, shorten, visible
from reports.places import within
from reports.to_html import words
from reports.to_html.view import view


class ToHtml(Reporter):
    format = "html"
    filename = "report.html"

    def render(self, audit: Audit) -> str:
        return _environment().get_template("report.html.j2").render(view=view(audit, self.context))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports", "to_html/templates"),
        autoescape=True,
        finalize=_finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = _asset("style.css"), _asset("script.js")
    environment.globals.update(
        style=Markup(style),  # our own files, the only text that is not escaped
        script=Markup(script),
        policy=(
            f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
            "base-uri 'none'; form-action 'none'"
        ),
        words=words,
        count=words.count,
        seconds=words.seconds,
    )
    environment.filters["shorten"] = shorten
    environment.filters["prose"] = _prose
    environment.filters["within"] = within
    return environment


def _finalize(value: object) -> object:
    """Every value that a template prints passes here, then through autoescaping."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return visible(value)


def _prose(text: str) -> Markup:
    """A sentence, begun with a capital, in which `names in backticks` are set as code."""
    parts = capital(visible(text)).split("`")
    if len(parts) % 2 == 0:  # an odd backtick is no pair
        parts[-2:] = [f"{parts[-2]}`{parts[-1]}"]
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))


def _asset(name: str) -> str:
    return files("reports.to_html").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
