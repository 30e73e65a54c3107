"""OneTrust (CookiePro): the JSON of a rule set and language, `/consent/<id>/<rule set>/<language>.json`."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from classifiers.declaration import Setter, Technology
from classifiers.importers.base import Imported, Importer, Material
from classifiers.importers.json_text import Foreign, looks_like_json, parse_json
from classifiers.importers.rows import ItemRows, Row
from classifiers.lifetimes import DAY


class _Cookie(Foreign):
    name: str = Field(alias="Name")
    host: str = Field("", alias="Host")
    session: bool = Field(False, alias="IsSession")
    days: float | str = Field("", alias="Length")
    description: str | None = None


class _Host(Foreign):
    name: str = Field(alias="HostName")
    display: str | None = Field(None, alias="DisplayName")
    description: str | None = Field(None, alias="Description")
    policy: str | None = Field(None, alias="PrivacyPolicy")
    cookies: tuple[_Cookie, ...] = Field((), alias="Cookies")


class _Group(Foreign):
    id: str = Field(alias="OptanonGroupId")
    name: str = Field(alias="GroupName")
    parent: str | None = Field(None, alias="Parent")
    is_iab: bool = Field(False, alias="IsIabPurpose")
    own: tuple[_Cookie, ...] = Field((), alias="FirstPartyCookies")
    hosts: tuple[_Host, ...] = Field((), alias="Hosts")


class _DomainData(Foreign):
    groups: tuple[_Group, ...] = Field(alias="Groups")


class _Document(Foreign):
    data: _DomainData = Field(alias="DomainData")


class OneTrustJson(Importer):
    format = "onetrust"
    title = "OneTrust JSON"
    accepts = "OneTrust's JSON of a language: `DomainData.Groups[]` with `FirstPartyCookies[]` and `Hosts[].Cookies[]`"

    def recognises(self, material: Material) -> bool:
        return looks_like_json(material, "DomainData", "Groups")

    def read(self, material: Material) -> Imported:
        document = parse_json(material, _Document, accepts=self.accepts)
        rows = ItemRows(material, kind="consent_platform")
        for number, group in enumerate(document.data.groups):
            where = f"DomainData.Groups[{number}]"
            _add(rows, group.own, group, f"{where}.FirstPartyCookies", host=None)
            for place, host in enumerate(group.hosts):
                _add(rows, host.cookies, group, f"{where}.Hosts[{place}].Cookies", host=host)
        return rows.done()


def _add(rows: ItemRows, cookies: Sequence[_Cookie], group: _Group, where: str, *, host: _Host | None) -> None:
    for number, cookie in enumerate(cookies):
        rows.add(
            Row(
                where=f"{where}[{number}]",
                name=cookie.name,
                technology=Technology.COOKIE,
                category=group.name,
                category_key=group.id.lower(),
                lifetime=_lifetime(cookie),
                provider=(host.display or host.name) if host else None,
                domains=(cookie.host or (host.name if host else ""),),
                set_by=Setter.THIRD_PARTY if host else Setter.FIRST_PARTY,
                description=cookie.description or (host.description if host else None),
                source_url=host.policy if host else None,
            )
        )


def _lifetime(cookie: _Cookie) -> str | float | None:
    """`Length` counts days; 0 without the session flag means less than one."""
    if cookie.session:
        return "session"
    written = str(cookie.days).strip()
    if not written:
        return None
    try:
        days = float(written)
    except ValueError:
        return written
    return DAY if days == 0 else days * DAY
