"""CSV: the inventory, one row per technology, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io

from classifiers.findings import Audit, Item
from reports.base import Reporter
from reports.neutral import cell

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
        return out.getvalue()


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
