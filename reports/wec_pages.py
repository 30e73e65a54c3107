"""What the pages themselves show of a site, for `inspection.json`: links, forms, allowed hosts, the connection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit

from ruamel.yaml import YAML

from classifiers.parties import host_of, registrable_domain
from crawler.observations import Record
from crawler.visits import Link, ProblemKind, Visit
from reports.wec import WecConnection, WecForm, WecHosts, WecLink, WecLinks

_POLICY = "content-security-policy"
_UNREACHED = frozenset({ProblemKind.UNREACHABLE, ProblemKind.CERTIFICATE, ProblemKind.TIMEOUT})


class Words(Record):
    platforms: tuple[str, ...]
    keywords: tuple[str, ...]


@cache
def words() -> Words:
    text = files("reports").joinpath("wec_words.yaml").read_text("utf-8")
    return Words.model_validate(YAML(typ="safe").load(text))


def is_first(host: str, site: str) -> bool:
    return registrable_domain(host) == site


def hosts(names: Iterable[str], site: str) -> WecHosts:
    known = dict.fromkeys(name for name in names if name)
    return WecHosts(
        first_party=tuple(name for name in known if is_first(name, site)),
        third_party=tuple(name for name in known if not is_first(name, site)),
    )


def links(visits: Sequence[Visit], site: str) -> WecLinks:
    """Of all pages of the scenario, each address once."""
    found: dict[str, Link] = {}
    for visit in visits:
        for link in visit.links or ():
            found.setdefault(link.url, link)
    told = {url: WecLink(href=url, inner_text=link.text) for url, link in found.items()}
    own = {url for url in told if is_first(host_of(url), site)}
    return WecLinks(
        first_party=tuple(link for url, link in told.items() if url in own),
        third_party=tuple(link for url, link in told.items() if url not in own),
        social=tuple(link for url, link in told.items() if _is_platform(host_of(url))),
        keywords=tuple(link for link in told.values() if _has_keyword(link)),
    )


def link_hosts(visits: Sequence[Visit]) -> tuple[str, ...]:
    return tuple(host_of(link.url) for visit in visits for link in visit.links or ())


def unsafe_forms(visits: Sequence[Visit]) -> tuple[WecForm, ...]:
    """Those whose data would leave unencrypted."""
    forms = dict.fromkeys(form for visit in visits for form in visit.forms or ())
    return tuple(
        WecForm(id=form.id, action=form.action, method=form.method)
        for form in forms
        if form.action.startswith("http://")
    )


def allowed_hosts(visits: Sequence[Visit]) -> tuple[str, ...]:
    """Hosts that the pages' Content-Security-Policy headers name."""
    policies = [
        header.value
        for visit in visits
        for request in visit.requests
        if request.navigation and request.frame == request.page
        for header in request.response_headers
        if header.name.lower() == _POLICY
    ]
    sources = [word for policy in policies for part in policy.split(";") for word in part.split()[1:]]
    return tuple(dict.fromkeys(host for source in sources if (host := _source_host(source))))


def redirects(start: Visit | None) -> tuple[str, ...]:
    pages = (request for request in start.requests if request.navigation) if start else iter(())
    return next((request.redirect_chain for request in pages if request.url == _destination(start)), ())


def connection(start: Visit | None) -> WecConnection:
    """What the visit itself showed; null where only a test of its own could tell."""
    hops = redirects(start)
    asked, reached = _scheme(start.url if start else ""), _scheme(_destination(start))
    failed = next((one.message for one in start.problems if one.kind in _UNREACHED), None) if start else None
    if failed is not None:
        return WecConnection(
            https_redirect=None,
            redirects=hops,
            https_support=False if asked == "https" else None,
            https_error=failed if asked == "https" else None,
            http_error=failed if asked == "http" else None,
        )
    return WecConnection(
        https_redirect=reached == "https" if asked == "http" and reached else None,
        redirects=hops,
        https_support=True if reached == "https" else None,
    )


def _destination(start: Visit | None) -> str:
    return (start.final_url or start.url).partition("#")[0] if start else ""


def _scheme(url: str) -> str:
    return url.partition(":")[0]


def _is_platform(host: str) -> bool:
    return any(host == name or host.endswith(f".{name}") for name in words().platforms)


def _has_keyword(link: WecLink) -> bool:
    text = f"{link.href} {link.inner_text}".casefold()
    return any(word in text for word in words().keywords)


def _source_host(source: str) -> str:
    """Empty for keywords, nonces and schemes."""
    if source.startswith("'") or source.endswith(":"):
        return ""
    try:
        host = urlsplit(source if "//" in source else f"//{source}").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("*.") if "." in host else ""
