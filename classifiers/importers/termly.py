"""Termly: `/documents/<id>/cookies`, a list per category."""

from __future__ import annotations

from classifiers.importers.base import Imported, Importer, Material
from classifiers.importers.json_text import Foreign, looks_like_json, parse_json
from classifiers.importers.rows import ItemRows, Row


class _Cookie(Foreign):
    name: str
    tracker_type: str = "http_cookie"
    domain: str | None = None
    service: str | None = None
    service_policy_link: str | None = None
    expire: str | None = None
    en_us: str | None = None


class _Document(Foreign):
    cookies: dict[str, tuple[_Cookie, ...]]


class Termly(Importer):
    format = "termly"
    title = "Termly cookie list"
    accepts = "Termly's JSON: `cookies.{essential, performance, analytics, advertising, …}[]` with `name` and `domain`"

    def recognises(self, material: Material) -> bool:
        return looks_like_json(material, "cookies", "tracker_type")

    def read(self, material: Material) -> Imported:
        document = parse_json(material, _Document, accepts=self.accepts)
        rows = ItemRows(material, kind="consent_platform")
        for category, cookies in document.cookies.items():
            for number, cookie in enumerate(cookies):
                rows.add(
                    Row(
                        where=f"cookies.{category}[{number}]",
                        name=cookie.name,
                        technology=cookie.tracker_type.replace("_", " "),
                        category=category.replace("_", " "),
                        category_key=category,
                        lifetime=cookie.expire,
                        provider=cookie.service,
                        domains=(cookie.domain,) if cookie.domain else (),
                        description=cookie.en_us,
                        source_url=cookie.service_policy_link,
                    )
                )
        return rows.done()
