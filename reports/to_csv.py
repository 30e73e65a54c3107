"""CSV: the inventory, one row per technology, open question and waiver, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from classifiers.findings import Audit, Item
from reports.base import Reporter
from reports.neutral import cell
from reports.standing import waivers_told

WAIVER = "waiver"
UNDECIDED = "undecided"
"""Stands as the kind where a row is no technology but something that the scan leaves open: an empty inventory of a scan
that saw too little must not read like that of a site without trackers."""
COLUMNS = (
    "kind",
    "name",
    "domain",
    "purpose",
    "party",
    "vendor",
    "entity",
    "country",
    "declared",
    "declared_as",
    "declared_at",
    "scenarios",
    "first_scenario",
    "consents",
    "pages",
    "count",
    "lifetime_asked_seconds",
    "lifetime_kept_seconds",
    "refused_because",
    "initiators",
    "label_source",
    "label_reason",
    "evidence",
)


class ToCsv(Reporter):
    format = "csv"
    filename = "inventory.csv"

    def render(self, audit: Audit) -> str:
        out = io.StringIO(newline="")
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        for item in audit.items:
            writer.writerow(cell(value) for value in _row(item))
        for row in (*self._open_questions(audit), *self._waivers(audit)):
            writer.writerow(cell(row.get(column, "")) for column in COLUMNS)
        return out.getvalue()

    def _waivers(self, audit: Audit) -> Iterator[dict[str, str]]:
        told = waivers_told(audit, self.context.waivers)
        for waiver, sentence in zip(self.context.waivers, told, strict=True):
            yield {"kind": WAIVER, "name": waiver.rule, "domain": audit.site, "label_reason": sentence}

    def _open_questions(self, audit: Audit) -> Iterator[dict[str, str]]:
        for why in self.context.gate(audit).blind:
            reason = f"Too little was seen to say: {why}."
            yield {"kind": UNDECIDED, "name": "scan", "domain": audit.site, "label_reason": reason}
        open_: dict[tuple[str, str | None, str], list[str]] = {}
        for entry in audit.undecided:
            open_.setdefault((entry.rule, entry.scenario, entry.why), []).append(entry.page or "")
        for (rule, scenario, why), pages in open_.items():
            yield {
                "kind": UNDECIDED,
                "name": rule,
                "domain": audit.site,
                "scenarios": scenario or "",
                "pages": " ".join(dict.fromkeys(pages)),
                "label_reason": why,
            }


def _row(item: Item) -> tuple[str, ...]:
    place = item.declared_at
    return (
        item.kind,
        item.name,
        item.domain,
        item.purpose.value,
        item.party.value,
        item.label.vendor or "",
        item.label.entity or "",
        item.label.country or "",
        item.declared.value,
        item.declared_as or "",
        "" if place is None else f"{place.file}:{place.line or ''}".rstrip(":"),
        " ".join(item.scenarios),
        item.first_scenario,
        " ".join(item.consents),
        " ".join(item.pages),
        str(item.count),
        "" if item.lifetime_asked is None else f"{item.lifetime_asked:.0f}",
        "" if item.lifetime_kept is None else f"{item.lifetime_kept:.0f}",
        " ".join(item.refused_because),
        " ".join(item.initiators),
        item.label.source,
        item.label.reason,
        " ".join(item.evidence),
    )
