"""read_policy(): which statements a policy makes, which it lacks, and where two pull apart. Plain patterns only."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from classifiers.policy.details import (
    contacts,
    controller,
    countries_named,
    dead_promises,
    defined_terms,
    effective_date,
    lists_items,
    names_of,
    undefined_terms,
)
from classifiers.policy.passages import Passage, is_html, language_of_page, passages
from classifiers.policy.patterns import Pattern, Way, compiled, patterns
from classifiers.policy.reading import PolicyReading, Quote, Silence, Statement, Tension
from classifiers.yaml_source import SourceError

_LONGEST_QUOTE = 320
_FEWEST_WORDS = 80
_COMMON_SHARE = 0.08
"""English policies measured: 0.17 to 0.30; German and French ones: below 0.02."""


class PolicyError(SourceError):
    """A policy that cannot be read; nothing is concluded from it."""


def read_policy(path: Path, *, vendors: Iterable[str] = ()) -> PolicyReading:
    """Reads a saved page or text. `vendors`: names to look for. Raises PolicyError."""
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig")
    except FileNotFoundError:
        raise PolicyError([f"{path}: no such file; give the path of a saved policy page or its text"]) from None
    except IsADirectoryError:
        raise PolicyError([f"{path}: is a folder; give the path of a saved policy page or its text"]) from None
    except UnicodeDecodeError as error:
        raise PolicyError([f"{path}: cannot be read as UTF-8 text ({error}); save the page as HTML or text"]) from error
    return parse_policy(text, name=str(path), sha256=hashlib.sha256(data).hexdigest(), vendors=vendors)


def parse_policy(text: str, *, name: str, sha256: str | None = None, vendors: Iterable[str] = ()) -> PolicyReading:
    found = passages(text)
    _refuse_unreadable(text, found, name)
    statements = [s for pattern in (*patterns().claims, *patterns().facts) if (s := _find(pattern, found)) is not None]
    addresses = contacts(found)
    rights = [contact for contact in addresses if contact.for_rights]
    if rights:
        statements.append(Statement(key="P-41", title="An address for requests", places=tuple(c.place for c in rights)))
    date, date_at = effective_date(found)
    promises = dead_promises(found, html=is_html(text))
    strange = undefined_terms(found)
    parties = names_of(found, vendors)
    named_countries, open_ended = countries_named(found)
    present = {statement.key: tuple(place.line for place in statement.places) for statement in statements}
    for key, places in (
        ("effective_date", [date_at] if date_at else []),
        ("undefined_terms", strange),
        ("named_parties", parties),
        ("item_list", lists_items(text, found)),
        ("several_contacts", [c.place for c in rights] if len({c.address for c in rights}) > 1 else []),
    ):
        if places:
            present[key] = tuple(place.line for place in places)
    claims = [pattern.key for pattern in patterns().claims] + ["P-41"]
    return PolicyReading(
        file=name,
        sha256=sha256 or hashlib.sha256(text.encode()).hexdigest(),
        html=is_html(text),
        passages=len(found),
        statements=tuple(statements),
        effective_date=date,
        effective_date_at=date_at,
        countries=named_countries,
        countries_open_ended=open_ended,
        contacts=addresses,
        dead_promises=promises,
        undefined_terms=strange,
        defined_terms=defined_terms(found),
        controller=controller(found),
        named_parties=parties,
        tensions=_tensions(present),
        silences=_silences(present),
        claims_not_found=tuple(key for key in claims if key not in present),
    )


def _refuse_unreadable(text: str, found: Sequence[Passage], name: str) -> None:
    """A text that these patterns cannot read must not pass for one that says nothing."""
    words = re.findall(r"[^\W\d_]+", " ".join(passage.text for passage in found).lower())
    if len(words) < _FEWEST_WORDS:
        raise PolicyError(
            [f"{name}:1: holds {len(words)} words, too few for a policy; save the rendered page, or its text"]
        )
    common = sum(word in patterns().common_words for word in words) / len(words)
    said = language_of_page(text)
    if common < _COMMON_SHARE:
        where = f" (the page says `{said}`)" if said else ""
        raise PolicyError(
            [f"{name}:1: is not in a language this reader knows{where}; accepted: {', '.join(patterns().languages)}"]
        )


def _find(pattern: Pattern, found: Sequence[Passage]) -> Statement | None:
    places: list[Quote] = []
    for passage in found:
        if not passage.is_heading:
            places += [quote for way in pattern.ways for quote in _quotes(way, passage)]
    if not places:
        return None
    unique = sorted(dict.fromkeys(places), key=lambda quote: quote.line)
    return Statement(key=pattern.key, title=pattern.title, places=tuple(unique))


def _quotes(way: Way, passage: Passage) -> list[Quote]:
    context = f"{passage.heading}\n{passage.lead}"
    if way.under is not None and not compiled(way.under).search(context):
        return []
    if way.about is not None and not compiled(way.about).search(f"{context}\n{passage.text}"):
        return []
    units = (
        [(passage.text, 0)]
        if way.within == "passage"
        else [(sentence.text, sentence.start) for sentence in passage.sentences()]
    )
    quotes = []
    for text, start in units:
        matches = [compiled(wanted).search(text) for wanted in way.all]
        hits = [match for match in matches if match is not None]
        if len(hits) < len(matches) or any(compiled(unwanted).search(text) for unwanted in way.none):
            continue
        begin, end = _span(text, hits, way)
        quotes.append(Quote(line=passage.line_at(start + begin), text=text[begin:end].strip()))
    return quotes


def _span(text: str, hits: Sequence[re.Match[str]], way: Way) -> tuple[int, int]:
    """The sentence, or of a long one the part that holds all the matches, or what the pattern wants quoted."""
    if way.quote is not None and (wanted := compiled(way.quote).search(text)):
        return wanted.span()
    if len(text) <= _LONGEST_QUOTE:
        return 0, len(text)
    begin = min(hit.start() for hit in hits)
    end = max(hit.end() for hit in hits)
    before = max((cut.end() for cut in re.finditer(r"[;:(]\s|,\s", text[:begin])), default=0)
    after = re.search(r"[;.)]|,\s", text[end:])
    return before, end + (after.start() if after else len(text) - end)


def _tensions(present: dict[str, tuple[int, ...]]) -> tuple[Tension, ...]:
    found = []
    for known in patterns().tensions:
        if not all(key in present for key in known.all_of) or any(key in present for key in known.unless):
            continue
        others = [key for key in known.any_of if key in present]
        if known.any_of and not others:
            continue
        lines = sorted({line for key in (*known.all_of, *others) for line in present[key]})
        found.append(Tension(id=known.id, lines=tuple(lines), says=known.says))
    return tuple(found)


def _silences(present: dict[str, tuple[int, ...]]) -> tuple[Silence, ...]:
    return tuple(
        Silence(topic=known.topic, says=known.says)
        for known in patterns().silences
        if not any(key in present for key in known.unless) and all(key in present for key in known.only_with)
    )
