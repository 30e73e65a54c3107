"""The published page of the declaration's source: what a scan saw of its words, kept in the declaration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from classifiers.lock_text import read_lock
from classifiers.policy_facts import published
from classifiers.source_text import with_page_digest
from consentinel.terminal import out
from consentinel.text_files import text_of
from crawler.visits import Visit


def keep_page_digest(file: Path, visits: Sequence[Visit], *, dry_run: bool) -> None:
    """Fills in `source.page_sha256` where it is missing and the page was seen; one that stands there is kept.

    Says which of that it was. Raises DeclarationError.
    """
    text = text_of(file)
    source = read_lock(text, name=str(file)).source
    if source is None or source.page is None:
        return
    page = published(visits, source.page)
    if source.page_sha256 is None and page.digests:
        changed = with_page_digest(text, page.digests[0], name=str(file))
        if not dry_run:
            file.write_text(changed, encoding="utf-8", newline="")
        done = "would be" if dry_run else "was"
        said = f"source.page_sha256 {done} set to {page.digests[0]} in {file}: confirm that {source.page} holds the "
        said += "words that the declaration was made from."
    elif source.page_sha256 is None:
        said = f"source.page_sha256 stays unset in {file}. {page.unseen}"
    elif page.digests and source.page_sha256 not in page.digests:
        said = f"source.page_sha256 of {file} stays as it is, but this scan saw other words at {source.page}, "
        said += f"SHA-256 {page.digests[0]}: read them anew, confirm the declaration, and put that digest in."
    else:
        return
    out.print(said, markup=False, highlight=False, soft_wrap=True)
