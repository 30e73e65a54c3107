"""How many labelled items are named, and how many rightly: `python -m tests.accuracy [--misses tune|test]`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from pydantic import Field

from classifiers.base import Label, Purpose
from classifiers.declared import DeclarationIndex
from classifiers.entities import company_key
from classifiers.label import Labeller, cascade
from classifiers.lists.loaded import Lists
from classifiers.lists.shelf import lists_folder
from classifiers.vendors import Catalogue, packaged
from classifiers.yaml_source import read_yaml
from crawler.observations import AnySighting, Record
from tests.rule_cases import PAGE, ShortCookie, ShortRequest, ShortStorage, ShortVisit, whole_visit

LABELLED = Path(__file__).parent.parent / "fixtures" / "labelled"
_TRACKING = frozenset({Purpose.ANALYTICS, Purpose.ADVERTISING, Purpose.SOCIAL, Purpose.SESSION_REPLAY})


class Split(StrEnum):
    TUNE = "tune"
    TEST = "test"


class Row(Record):
    """What one vendor's documentation says of its items."""

    vendor: str
    company: str
    from_: str = Field(alias="from")
    page: str | None = None
    """Address of the public page that the row was checked against; None: it rests on general knowledge."""
    host: str | None = None
    necessary: tuple[str, ...] = ()
    consent_record: tuple[str, ...] = ()
    functional: tuple[str, ...] = ()
    analytics: tuple[str, ...] = ()
    advertising: tuple[str, ...] = ()
    social: tuple[str, ...] = ()
    session_replay: tuple[str, ...] = ()

    @property
    def split(self) -> Split:
        even = sha256(self.vendor.encode()).digest()[-1] % 2 == 0
        return Split.TUNE if even else Split.TEST

    def items(self) -> Iterator[tuple[str, Purpose]]:
        for purpose in Purpose:
            for name in getattr(self, purpose.value, ()):
                yield name, purpose


class _Rows(Record):
    items: tuple[Row, ...]


class Item(NamedTuple):
    kind: str
    """`cookie`, `storage` or `request`."""
    name: str
    purpose: Purpose
    row: Row
    sighting: AnySighting


class Judged(NamedTuple):
    item: Item
    label: Label

    @property
    def answered(self) -> bool:
        return self.label.purpose is not Purpose.UNCLASSIFIED

    @property
    def right(self) -> bool:
        return self.label.purpose is self.item.purpose

    @property
    def named(self) -> bool:
        """Whether the label's service or company is the one that the documentation is of."""
        wanted = {company_key(self.item.row.company), company_key(self.item.row.vendor.replace("-", " "))}
        said = [name for name in (self.label.entity, self.label.vendor) if name]
        words = {word for name in said for word in company_key(name).split()}
        return any(company_key(name) in wanted for name in said) or any(set(one.split()) <= words for one in wanted)


def labelled() -> list[Item]:
    return [
        Item(kind, name, purpose, row, _sighting(kind, name, row.host))
        for kind in ("cookie", "storage", "request")
        for row in read_yaml(LABELLED / _FILES[kind], _Rows, what="labelled set").items
        for name, purpose in row.items()
    ]


_FILES = {"cookie": "cookies.yaml", "storage": "storage.yaml", "request": "requests.yaml"}


def _sighting(kind: str, name: str, host: str | None) -> AnySighting:
    if kind == "cookie":
        short = ShortVisit(cookies=(ShortCookie(name=name, domain=host or "shop.example"),))
    elif kind == "storage":
        origin = f"https://{host or 'www.shop.example'}"
        short = ShortVisit(storage=(ShortStorage(key=name, origin=origin),))
    else:
        last = name.partition("?")[0].rpartition("/")[2]
        resource = "websocket" if name.startswith("ws") else "script" if last.endswith(".js") else "image"
        short = ShortVisit(requests=(ShortRequest(url=name, type=resource),))
    return whole_visit(short).sightings()[0]


def judge(items: Iterable[Item], *, catalogue: Catalogue, lists: Lists) -> list[Judged]:
    labeller = Labeller(cascade(DeclarationIndex(None), catalogue, affiliates=(), lists=lists))
    return [Judged(item, labeller.label(item.sighting, page=PAGE)) for item in items]


class Figures(NamedTuple):
    items: int
    answered: int
    right: int
    named: int

    @property
    def coverage(self) -> float:
        return self.answered / self.items if self.items else 0.0

    @property
    def accuracy(self) -> float:
        """Of those that were answered."""
        return self.right / self.answered if self.answered else 0.0


def figures(judged: Sequence[Judged]) -> Figures:
    return Figures(
        items=len(judged),
        answered=sum(one.answered for one in judged),
        right=sum(one.right for one in judged if one.answered),
        named=sum(one.named for one in judged),
    )


def trackers_named(judged: Sequence[Judged]) -> float:
    """Share of tracking requests whose vendor is named."""
    tracking = [one for one in judged if one.item.kind == "request" and one.item.purpose in _TRACKING]
    return sum(one.named for one in tracking) / len(tracking)


def accuracy_table() -> str:
    """By purpose and kind, with the catalogue alone; each half's items, coverage and accuracy where it answers."""
    judged = judge(labelled(), catalogue=packaged(), lists=Lists())
    rows: list[tuple[str, list[Judged]]] = [
        (purpose.value.replace("_", " "), [one for one in judged if one.item.purpose is purpose]) for purpose in Purpose
    ]
    rows += [(f"all {kind}s" if kind != "storage" else "all storage keys",
              [one for one in judged if one.item.kind == kind]) for kind in _FILES]  # fmt: skip
    rows.append(("all", judged))
    rows.append(("all whose row names a page", [one for one in judged if one.item.row.page is not None]))
    lines = [
        "| what | tune: items | answered | right of those | test: items | answered | right of those |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, chosen in rows:
        cells = [cell for split in Split for cell in _cells([one for one in chosen if one.item.row.split is split])]
        if chosen:
            lines.append(f"| {name} | {' | '.join(cells)} |")
    named = [trackers_named([one for one in judged if one.item.row.split is split]) for split in Split]
    lines.append(f"| tracking requests named with their vendor | | {named[0]:.1%} | | | {named[1]:.1%} | |")
    return "\n".join((*lines, "", checked_sentence([one.item for one in judged])))


def checked_sentence(items: Sequence[Item]) -> str:
    """How many labels rest on a public page that was read, of each kind."""
    told = []
    for kind, many in (("cookie", "cookies"), ("storage", "storage keys"), ("request", "request addresses")):
        of_kind = [item for item in items if item.kind == kind]
        told.append(f"{sum(item.row.page is not None for item in of_kind)} of {len(of_kind)} {many}")
    return f"Checked against a public page that their row names: {', '.join(told)}."


def _cells(judged: Sequence[Judged]) -> tuple[str, str, str]:
    made = figures(judged)
    return str(made.items), f"{made.coverage:.1%}", f"{made.accuracy:.1%}" if made.answered else ""


def _print(judged: Sequence[Judged], split: Split) -> None:
    chosen = [one for one in judged if one.item.row.split is split]
    print(f"  {split}:{'items':>22} {'coverage':>9} {'accuracy':>9} {'vendor named':>13}")
    for kind in ("cookie", "storage", "request"):
        _line(kind, [one for one in chosen if one.item.kind == kind])
    for purpose in Purpose:
        if of_purpose := [one for one in chosen if one.item.purpose is purpose]:
            _line(purpose.value, of_purpose)
    _line("all", chosen)
    print(f"    tracking requests named with vendor: {trackers_named(chosen):.1%}")


def _line(name: str, judged: Sequence[Judged]) -> None:
    made = figures(judged)
    share = made.named / made.items if made.items else 0.0
    print(f"    {name:<18}{made.items:>6} {made.coverage:>9.1%} {made.accuracy:>9.1%} {share:>13.1%}")


def _misses(judged: Sequence[Judged], split: Split) -> None:
    for one in judged:
        if one.item.row.split is split and not (one.right and one.named):
            said = (
                f"{one.label.purpose.value} by {one.label.vendor or one.label.entity or 'nobody'} ({one.label.source})"
            )
            print(f"    {one.item.kind} {one.item.row.vendor} `{one.item.name}`: {one.item.purpose.value}, said {said}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--misses", type=Split, choices=list(Split), help="list what was not named rightly")
    wanted: Split | None = parser.parse_args().misses
    items = labelled()
    print(checked_sentence(items))
    lists = Lists.load(lists_folder())
    ways = [("catalogue alone", Lists())]
    if lists.versions:
        ways.append((f"with {', '.join(version.title for version in lists.versions)}", lists))
    for title, used in ways:
        judged = judge(items, catalogue=packaged(), lists=used)
        print(title)
        for split in Split:
            _print(judged, split)
        if wanted:
            _misses(judged, wanted)


if __name__ == "__main__":
    main()
