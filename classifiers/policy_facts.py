"""The published page of the declaration's source, as visits saw its words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from classifiers.declaration import Source
from classifiers.evidence import Evidence
from classifiers.reached import page_not_seen
from crawler.addresses import UrlError, same_page_key
from crawler.visits import TEXT_DIGEST, Visit


class Published(NamedTuple):
    """What the visits of the published page came to."""

    visits: tuple[Visit, ...]
    """Those that saw its words."""
    digests: tuple[str, ...]
    """Of its words, the one that most visits saw first; scenarios differ where a consent interface has words too."""
    unseen: str | None
    """Why no visit saw them; None: one did."""


def published(visits: Iterable[Visit], url: str) -> Published:
    """`url`: a web address (`Source.page`)."""
    key = same_page_key(url)
    of_page = [visit for visit in visits if _is_of(visit, key)]
    seen = tuple(visit for visit in of_page if page_not_seen(visit) is None and visit.fact(TEXT_DIGEST) is not None)
    counts = Counter(sorted(digest for visit in seen if (digest := visit.fact(TEXT_DIGEST)) is not None))
    digests = tuple(digest for digest, _ in counts.most_common())
    return Published(seen, digests, None if seen else _why_unseen(of_page, url))


def published_source(evidence: Evidence) -> Published:
    """Of the declaration's source, where `not_comparable` names no fault."""
    source = evidence.declaration.source if evidence.declaration else None
    if source is None or source.page is None:
        raise LookupError("the declaration names no published page")
    return published(evidence.visits, source.page)


def not_comparable(source: Source | None, visits: Iterable[Visit]) -> str | None:
    """Why the published words cannot be held against those that were read, with the fix; None: they can."""
    if source is None:
        return "The declaration names no published source."
    if not source.is_page:
        return f"The declaration's source is no page of words ({source.kind})."
    untold = "The published words were not held against those that the declaration was made from"
    if source.page is None:
        given = "" if source.url is None else f", in full: {source.url!r} is no web address"
        return f"{untold}: set `source.url` in the declaration to the address of the published page{given}."
    if source.page_sha256:
        return None
    seen = published(visits, source.page)
    if seen.digests:
        return (
            f"{untold}: once {source.page} is confirmed to hold them, set `source.page_sha256` in the declaration to "
            f"{seen.digests[0]} (`consentinel declare update` does it)."
        )
    return (
        f"{untold}: `source.page_sha256` is not set in the declaration, and no visit saw the page that would give it. "
        f"{seen.unseen}"
    )


def _is_of(visit: Visit, key: str) -> bool:
    for url in (visit.url, visit.final_url):
        try:
            if same_page_key(url) == key:
                return True
        except UrlError:
            continue  # `about:blank` and the like are no pages of the web
    return False


def _why_unseen(visits: Iterable[Visit], url: str) -> str:
    reasons = [page_not_seen(visit) for visit in visits]
    if not reasons:
        return f"{url} was not visited in this scan: name it as a start page."
    return next(
        (reason for reason in reasons if reason is not None),
        f"{url} was visited, but no words of it were kept: scan anew with the declaration configured.",
    )
