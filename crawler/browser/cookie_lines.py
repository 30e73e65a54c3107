"""Reading `Set-Cookie` lines and `document.cookie` arguments as browsers do (RFC 6265bis, section 5.6)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlsplit

from tldextract import TLDExtract

SameSite = Literal["Strict", "Lax", "None"]
SAME_SITE: dict[str, SameSite] = {"strict": "Strict", "lax": "Lax", "none": "None"}
_SUFFIXES = TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
"""The bundled list: nothing is fetched."""
_DELIMITERS = re.compile(r"[\x09\x20-\x2F\x3B-\x40\x5B-\x60\x7B-\x7E]+")
_MONTH_NAMES = "janfebmaraprmayjunjulaugsepoctnovdec"
_TIME = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})(\D.*)?")


@dataclass(frozen=True, slots=True)
class AskedCookie:
    """What one line asks for, resolved against the URL it came from."""

    name: str
    value: str
    domain: str
    path: str
    host_only: bool
    secure: bool
    http_only: bool
    same_site: SameSite | None
    partitioned: bool
    lifetime: float | None
    """Seconds from now; None: a session cookie; zero or less: a deletion."""
    redacted: str


def read_line(line: str, *, url: str, now: datetime) -> AskedCookie:
    """An empty `url` leaves domain and path empty where the line does not name them: see `settle`."""
    pair, *attributes = line.split(";")
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", pair
    asked: dict[str, str] = {}
    for attribute in attributes:
        key, _, content = attribute.partition("=")
        asked[key.strip().lower()] = content.strip()  # the last of a kind wins
    address = urlsplit(url)
    host = (address.hostname or "").lower()
    domain = asked.get("domain", "").lower().lstrip(".")
    path = asked.get("path", "")
    return AskedCookie(
        name=name.strip(),
        value=value.strip(),
        domain=domain or host,
        path=path if path.startswith("/") else default_path(address.path) if url else "",
        host_only=not domain,
        secure="secure" in asked,
        http_only="httponly" in asked,
        same_site=SAME_SITE.get(asked.get("samesite", "").lower()),
        partitioned="partitioned" in asked,
        lifetime=_lifetime(asked, now),
        redacted=redact(line),
    )


def settle(asked: AskedCookie, *, url: str) -> AskedCookie:
    """The same cookie for a line that was read before its address was known."""
    address = urlsplit(url)
    return replace(
        asked,
        domain=(address.hostname or "").lower() if asked.host_only else asked.domain,
        path=asked.path or default_path(address.path),
    )


def redact(line: str) -> str:
    """The line with its value replaced, so that attributes can be shown without personal data."""
    pair, semicolon, attributes = line.partition(";")
    name, equals, _ = pair.partition("=")
    return f"{name}=…{semicolon}{attributes}" if equals else f"…{semicolon}{attributes}"


def default_path(path: str) -> str:
    if not path.startswith("/") or path.count("/") == 1:
        return "/"
    return path.rsplit("/", 1)[0]


def _lifetime(asked: dict[str, str], now: datetime) -> float | None:
    age = asked.get("max-age", "")
    if re.fullmatch(r"-?\d+", age):
        return float(age)
    expires = cookie_date(asked["expires"]) if "expires" in asked else None
    return None if expires is None else (expires - now).total_seconds()


def cookie_date(text: str) -> datetime | None:
    """RFC 6265bis 5.6.1, which is laxer than any date format; None: browsers ignore it too."""
    time = day = month = year = None
    for token in _DELIMITERS.split(text):
        found = _TIME.fullmatch(token)
        if time is None and found:
            time = (int(found[1]), int(found[2]), int(found[3]))
        elif day is None and re.fullmatch(r"\d{1,2}(\D.*)?", token):
            day = int(re.match(r"\d+", token)[0])  # type: ignore[index]  # the pattern above begins with a digit
        elif month is None and (number := _month(token)) is not None:
            month = number
        elif year is None and re.fullmatch(r"\d{2,4}(\D.*)?", token):
            year = int(re.match(r"\d+", token)[0])  # type: ignore[index]  # as above
            year += 1900 if 70 <= year <= 99 else 2000 if year <= 69 else 0
    if time is None or day is None or month is None or year is None:
        return None
    try:
        return datetime(year, month, day, *time, tzinfo=UTC)
    except ValueError:
        return None


def _month(token: str) -> int | None:
    at = _MONTH_NAMES.find(token[:3].lower())
    return at // 3 + 1 if len(token) >= 3 and at >= 0 and at % 3 == 0 else None


def same_site(one: str, other: str) -> bool:
    """Schemefully same site; unknown for addresses without a host, which then count as same."""
    a, b = urlsplit(one), urlsplit(other)
    if not a.hostname or not b.hostname:
        return True
    return (a.scheme, _site(a.hostname)) == (b.scheme, _site(b.hostname))


def _site(host: str) -> str:
    found = _SUFFIXES(host)
    return found.top_domain_under_public_suffix or host


def unstored_reasons(asked: AskedCookie, *, url: str, page: str, script: bool) -> tuple[str, ...]:
    """What in the line itself explains that no jar has it, in the words of DevTools' `blockedReasons`."""
    address = urlsplit(url)
    host = (address.hostname or "").lower()
    trusted = (
        address.scheme in ("https", "wss") or host == "localhost" or host.endswith(".localhost") or host == "127.0.0.1"
    )
    name = asked.name.lower()
    reasons: list[str] = []
    if address.scheme not in ("http", "https", "ws", "wss"):
        reasons.append("SchemeNotSupported")
    elif asked.domain != host and not host.endswith("." + asked.domain):
        reasons.append("InvalidDomain")
    if asked.secure and not trusted:
        reasons.append("SecureOnly")
    if asked.same_site == "None" and not asked.secure:
        reasons.append("SameSiteNoneInsecure")
    if script and asked.same_site != "None" and not same_site(url, page):
        reasons.append(f"SameSite{asked.same_site}" if asked.same_site else "SameSiteUnspecifiedTreatedAsLax")
    host_only = asked.secure and asked.host_only and asked.path == "/"
    if (name.startswith("__host-") and not host_only) or (name.startswith("__secure-") and not asked.secure):
        reasons.append("InvalidPrefix")
    if asked.partitioned and not asked.secure:
        reasons.append("InvalidPartitioned")
    if script and asked.http_only:
        reasons.append("HttpOnlyFromScript")
    if len(asked.name) + len(asked.value) > 4096:
        reasons.append("NameValuePairExceedsMaxSize")
    return tuple(reasons)
