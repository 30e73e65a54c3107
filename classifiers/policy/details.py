"""What a policy names beside its statements: dates, addresses, links, countries, terms, names, items."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from classifiers.importers.html_tables import has_item_table
from classifiers.policy.passages import Passage
from classifiers.policy.patterns import compiled, countries
from classifiers.policy.reading import Contact, Country, DeadPromise, Quote

_MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sep sept",
            "october oct",
            "november nov",
            "december dec",
        ],
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    rf"(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})|(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\.? (?P<m1>{_MONTH})\.?,? (?P<y1>\d{{4}})"
    rf"|(?P<m2>{_MONTH})\.? (?P<d2>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y2>\d{{4}})"
    r"|(?P<other>\d{1,2}[./]\d{1,2}[./]\d{4})",
    re.IGNORECASE,
)
_DATED = re.compile(r"effective|(?:last )?(?:updated|revised|modified|changed)|version|valid from|as of|date", re.I)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_RIGHTS = re.compile(r"\brights?\b|\brequests?\b|\baccess|\beras|\bobject\b|\bcorrect|\bcopy\b|\bmove\b", re.I)
_CLICK = (
    r"\bclick(?:ing)?(?: on)? here\b|\bfollow this link\b|\b(?:visit|see|use) (?:this|the following) (?:link|page)\b"
)
_TERM = re.compile(r"\bthe ((?:[A-Z][\w&-]*\s)+(?:Services?|Sites?|Websites?|Platform|Apps?|Portal|Products?))\b")
_DEFINED = re.compile(r"\((?:[^()“”\"]*\s)?[“\"]([^”\"]+)[”\"]")
_ITEM_NAME = re.compile(r"(?<![\w@/.-])(?:_[a-z][\w]*|[A-Z]{2,}SESS[A-Z]*|[A-Z]+SESSIONID|PHPSESSID)(?![\w@-])")
_NO_TARGET = re.compile(r"^\s*(?:#?|javascript:.*)\s*$", re.IGNORECASE)


def effective_date(found: Sequence[Passage]) -> tuple[str | None, Quote | None]:
    """The first date near a word that says it dates the policy; ISO where the order of its parts is certain."""
    for passage in found:
        for hit in _DATE.finditer(passage.text):
            before = passage.text[max(0, hit.start() - 60) : hit.start()]
            if _DATED.search(before):
                return _as_iso(hit), _quote(passage, max(0, hit.start() - 60), hit.end())
    return None, None


def _as_iso(hit: re.Match[str]) -> str:
    if hit["iso"]:
        return hit["iso"]
    if hit["other"]:
        return hit["other"]  # day and month may stand in either order: kept as written
    day, month, year = (hit["d1"], hit["m1"], hit["y1"]) if hit["d1"] else (hit["d2"], hit["m2"], hit["y2"])
    try:
        return date(int(year), _MONTHS[month.lower()], int(day)).isoformat()
    except ValueError:
        return hit[0]  # 31 February: kept as written


def contacts(found: Sequence[Passage]) -> tuple[Contact, ...]:
    named = []
    for passage in found:
        linked = [(link.start, link.href[7:].partition("?")[0]) for link in passage.links if _is_mail(link.href)]
        written = [(hit.start(), hit[0].rstrip(".")) for hit in _ADDRESS.finditer(passage.text)]
        for start, address in dict.fromkeys((*written, *linked)):
            for_rights = bool(_RIGHTS.search(f"{passage.heading} {passage.text}"))
            quote = Quote(line=passage.line_at(start), text=address)
            named.append(Contact(address=address.lower(), place=quote, for_rights=for_rights))
    return tuple({(c.address, c.place.line): c for c in named}.values())


def _is_mail(href: str) -> bool:
    return href.lower().startswith("mailto:")


def dead_promises(found: Sequence[Passage], *, html: bool) -> tuple[DeadPromise, ...]:
    """Words such as "click here" that no link goes with."""
    dead = []
    for passage in found:
        for hit in re.finditer(_CLICK, passage.text, re.IGNORECASE):
            near = [link for link in passage.links if link.start <= hit.end() and link.end >= hit.start()]
            if not any(not _NO_TARGET.match(link.href) for link in near):
                sentence = next(s for s in reversed(passage.sentences()) if s.start <= hit.start())
                place = Quote(line=passage.line_at(hit.start()), text=sentence.text)
                dead.append(DeadPromise(place=place, certain=html))
    return tuple(dead)


def countries_named(found: Sequence[Passage]) -> tuple[tuple[Country, ...], bool]:
    """Countries in sentences about transfer, in order, and whether the list is said to be open."""
    named: dict[str, Country] = {}
    open_ended = False
    transfer = compiled(r"countr(?:y|ies)|transfer|stored|processed")
    for passage in found:
        for sentence in () if passage.is_heading else passage.sentences():
            if not transfer.search(sentence.text):
                continue
            hits: dict[int, tuple[str, re.Match[str]]] = {}
            taken: list[tuple[int, int]] = []
            for known, code in countries():
                for hit in known.finditer(sentence.text):
                    if not any(start < hit.end() and hit.start() < end for start, end in taken):
                        taken.append(hit.span())
                        hits[hit.start()] = (code, hit)
            for start in sorted(hits):
                code, hit = hits[start]
                line = passage.line_at(sentence.start + start)
                named.setdefault(code, Country(code=code, place=Quote(line=line, text=hit[0])))
            if hits and re.search(
                r"(?i)without limitation|among others|not limited to|such as|for example", sentence.text
            ):
                open_ended = True
    return tuple(named.values()), open_ended


def defined_terms(found: Sequence[Passage]) -> tuple[Quote, ...]:
    return tuple(_quote(p, hit.start(1), hit.end(1)) for p in found for hit in _DEFINED.finditer(p.text))


def controller(found: Sequence[Passage]) -> str | None:
    """The name defined together with "we": (“Example Ltd”, “we”, “us”)."""
    for passage in found:
        if hit := re.search(r"\([“\"]([^”\"]+)[”\"],? (?:or )?[“\"]we[”\"]", passage.text):
            return hit[1]
    return None


def undefined_terms(found: Sequence[Passage]) -> tuple[Quote, ...]:
    """Capitalised names of services that no passage defines, explains or uses as a heading."""
    whole = "\n".join(passage.text for passage in found)
    known = {term.text.lower() for term in defined_terms(found)}
    strange = []
    for passage in found:
        for hit in () if passage.is_heading else _TERM.finditer(passage.text):
            name = hit[1].strip()
            defined = name.lower() in known or re.search(rf"[“\"]{re.escape(name)}[”\"]", whole) is not None
            if not defined and whole.count(name) == 1:
                strange.append(_quote(passage, hit.start(), hit.end()))
    return tuple(strange)


def names_of(found: Sequence[Passage], vendors: Iterable[str]) -> tuple[Quote, ...]:
    """Vendors that the text names; names are looked for as written, since many are common words."""
    known = sorted({name for name in vendors if len(name) > 3}, key=len, reverse=True)
    if not known:
        return ()
    any_of = re.compile(r"(?<!\w)(?:" + "|".join(re.escape(name) for name in known) + r")(?!\w)")
    named: dict[str, Quote] = {}
    for passage in found:
        for hit in any_of.finditer(passage.text):
            named.setdefault(hit[0], _quote(passage, hit.start(), hit.end()))
    return tuple(named.values())


def lists_items(text: str, found: Sequence[Passage]) -> list[Quote]:
    """Where the policy lists individual cookies: a table that reads as one, or names that only cookies have."""
    named = [_quote(p, hit.start(), hit.end()) for p in found for hit in _ITEM_NAME.finditer(p.text)]
    return named or [Quote(line=line, text="table of cookies") for line in has_item_table(text)]


def _quote(passage: Passage, start: int, end: int) -> Quote:
    return Quote(line=passage.line_at(start), text=passage.text[start:end].strip())
