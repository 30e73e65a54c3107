"""From audits to the judged database that Datasette shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from classifiers.blame import Blame
from classifiers.by_shape import value_of
from classifiers.findings import Audit, Item
from classifiers.traces import trace_of
from classifiers.vendors import Catalogue
from consentinel.exploring.rows import (
    TABLES,
    EventRow,
    FindingRow,
    FlowRow,
    ItemRow,
    ItemScenarioRow,
    ScanRow,
    UndecidedRow,
)
from crawler.observations import CookieSighting, Record, RequestSighting, StorageSighting
from crawler.rows import to_row
from crawler.visits import Visit

_TYPES = {int: "INTEGER", bool: "INTEGER", float: "REAL"}
_VIEWS = """
CREATE VIEW first_and_last_seen AS
    SELECT items.kind, items.name, items.domain, items.purpose, items.vendor,
        min(scans.started) AS first_seen, max(scans.started) AS last_seen, count(*) AS in_scans,
        (SELECT count(*) FROM scans AS every WHERE every.site = scans.site) AS of_scans
    FROM items JOIN scans ON scans.id = items.scan
    GROUP BY scans.site, items.kind, items.name, items.domain;
CREATE VIEW trends AS
    SELECT scans.started, scans.id AS scan, item_scenarios.scenario, item_scenarios.purpose, count(*) AS items
    FROM item_scenarios JOIN scans ON scans.id = item_scenarios.scan
    GROUP BY scans.id, item_scenarios.scenario, item_scenarios.purpose
    ORDER BY scans.started, item_scenarios.scenario, item_scenarios.purpose;
"""


@dataclass(frozen=True)
class Judged:
    audit: Audit
    result: str
    catalogue: Catalogue
    report: str | None
    """Path on the server."""


def write_judged(path: Path, scans: Sequence[Judged]) -> None:
    db = Database(path)
    try:
        for name, model in TABLES.items():
            columns = ", ".join(f'"{field}" {_type(model, field)}' for field in model.model_fields)
            db.execute(f'CREATE TABLE "{name}" ({columns})')
        for judged in scans:
            for name, rows in _rows(judged).items():
                _insert(db, name, rows)
        for name, column in (("events", "name"), ("events", "consent"), ("items", "name"), ("flows", "identifier_of")):
            db.execute(f"CREATE INDEX {name}_by_{column} ON {name} ({column})")
        db.conn.executescript(_VIEWS)
    finally:
        db.close()


def _type(model: type[Record], field: str) -> str:
    annotation = model.model_fields[field].annotation
    return next((sql for python, sql in _TYPES.items() if annotation in (python, python | None)), "TEXT")


def _insert(db: Database, table: str, rows: Sequence[Record]) -> None:
    if rows:
        plain = [tuple(to_row(row).values()) for row in rows]
        with db.atomic():
            db.conn.executemany(f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(plain[0]))})', plain)


def _rows(judged: Judged) -> dict[str, Sequence[Record]]:
    audit = judged.audit
    by_key = {(item.kind, item.name, item.domain): item for item in audit.items}
    return {
        "scans": [_scan(judged)],
        "items": [_item(audit, item) for item in audit.items],
        "item_scenarios": [
            ItemScenarioRow(
                scan=audit.scan.id,
                scenario=scenario,
                kind=item.kind,
                name=item.name,
                domain=item.domain,
                purpose=item.purpose,
            )
            for item in audit.items
            for scenario in item.scenarios
        ],
        "events": list(_events(audit, by_key, Blame(judged.catalogue))),
        "flows": list(_flows(audit, by_key)),
        "findings": list(_findings(audit)),
        "undecided": [
            UndecidedRow(scan=audit.scan.id, rule=row.rule, scenario=row.scenario, page=row.page, why=row.why)
            for row in audit.undecided
        ],
    }


def _scan(judged: Judged) -> ScanRow:
    audit, seen = judged.audit, judged.audit.coverage
    return ScanRow(
        id=audit.scan.id,
        started=audit.scan.started,
        site=audit.site,
        scenarios=", ".join(audit.scan.scenarios),
        result=judged.result,
        pages_seen=seen.pages_seen,
        pages_asked=seen.pages_asked,
        visits_complete=seen.visits_complete,
        visits_partial=seen.visits_partial,
        visits_failed=seen.visits_failed,
        findings=len(audit.findings),
        undecided=len(audit.undecided),
        report=judged.report,
    )


def _item(audit: Audit, item: Item) -> ItemRow:
    return ItemRow(
        scan=audit.scan.id,
        kind=item.kind,
        name=item.name,
        domain=item.domain,
        purpose=item.purpose,
        party=item.party,
        vendor=item.label.vendor,
        entity=item.label.entity,
        country=item.label.country,
        declared=item.declared,
        first_scenario=item.first_scenario,
        scenarios=", ".join(item.scenarios),
        consents=", ".join(item.consents),
        count=item.count,
        pages=len(item.pages),
        lifetime_asked_days=None if item.lifetime_asked is None else round(item.lifetime_asked / 86400, 2),
        why=item.label.reason,
    )


Key = tuple[str, str, str]


def _events(audit: Audit, by_key: dict[Key, Item], blame: Blame) -> Iterator[EventRow]:
    for visit in audit.visits:
        for sighting in visit.sightings():
            trace = trace_of(sighting)
            item = by_key.get(trace.key) if trace else None
            if trace is None or item is None:
                continue
            yield EventRow(
                scan=audit.scan.id,
                scenario=visit.scenario,
                page=visit.url,
                consent=sighting.consent,
                phase=sighting.phase,
                at=round(sighting.at, 3),
                kind=item.kind,
                name=trace.name,
                domain=trace.host,
                operation=sighting.operation if isinstance(sighting, CookieSighting | StorageSighting) else None,
                purpose=item.purpose,
                party=item.party,
                vendor=item.label.vendor,
                entity=item.label.entity,
                put_there_by=" → ".join(blame.chain(visit, sighting)),
                in_flight=sighting.in_flight,
                evidence=f"{visit.id}/{sighting.id}",
            )


def _flows(audit: Audit, by_key: dict[Key, Item]) -> Iterator[FlowRow]:
    for visit in audit.visits:
        holders = _holders(visit, by_key)
        for request in visit.requests:
            trace = trace_of(request)
            target = by_key.get(trace.key) if trace else None
            if trace is None or target is None or request.refused_because:
                continue
            for carried in request.carries or ():
                if (holder := holders.get(carried.token)) is not None:
                    yield FlowRow(
                        scan=audit.scan.id,
                        scenario=visit.scenario,
                        page=visit.url,
                        consent=request.consent,
                        at=round(request.at, 3),
                        identifier_of=holder.name,
                        holder_kind=holder.kind,
                        holder_vendor=holder.label.vendor,
                        carried_in=f"{carried.place} {carried.name}".strip(),
                        form=carried.form,
                        to_domain=trace.host,
                        to_vendor=target.label.vendor,
                        to_party=target.party,
                        evidence=f"{visit.id}/{request.id}",
                    )


def _holders(visit: Visit, by_key: dict[Key, Item]) -> dict[str, Item]:
    """Token → the first cookie or storage item of the visit that held it."""
    held: dict[str, Item] = {}
    for sighting in visit.sightings():
        value = None if isinstance(sighting, RequestSighting) else value_of(sighting)
        trace = trace_of(sighting)
        item = by_key.get(trace.key) if trace else None
        for token in value.tokens if value and item else ():
            if item is not None:
                held.setdefault(token, item)
    return held


def _findings(audit: Audit) -> Iterator[FindingRow]:
    for finding in audit.findings:
        place = finding.declared_at
        yield FindingRow(
            scan=audit.scan.id,
            rule=finding.rule,
            severity=finding.severity,
            outcome=finding.outcome,
            title=finding.title,
            observation=finding.observation,
            kind=finding.subject.kind,
            name=finding.subject.name,
            domain=finding.subject.domain,
            vendor=finding.subject.vendor,
            scenario=finding.scenario,
            put_there_by=" → ".join(finding.blame),
            declared_at=None if place is None else f"{place.file}:{place.line or ''}".rstrip(":"),
            fix=finding.fix,
            fingerprint=finding.fingerprint,
        )
