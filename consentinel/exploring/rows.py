"""The tables of the judged database, as records: what people browse, with the words of the reports."""

from __future__ import annotations

from datetime import datetime

from crawler.observations import Record


class ScanRow(Record):
    id: str
    started: datetime
    site: str
    scenarios: str
    result: str
    """The gate's sentence."""
    pages_seen: int
    pages_asked: int
    visits_complete: int
    visits_partial: int
    visits_failed: int
    findings: int
    undecided: int
    report: str | None
    """Path on this server; None: no report lies beside the store."""


class ItemRow(Record):
    scan: str
    kind: str
    name: str
    domain: str
    purpose: str
    party: str
    vendor: str | None
    entity: str | None
    country: str | None
    declared: str
    first_scenario: str
    scenarios: str
    consents: str
    count: int
    pages: int
    lifetime_asked_days: float | None
    why: str
    """The label's reason."""


class ItemScenarioRow(Record):
    scan: str
    scenario: str
    kind: str
    name: str
    domain: str
    purpose: str


class EventRow(Record):
    scan: str
    scenario: str
    page: str
    consent: str
    phase: str
    at: float
    kind: str
    name: str
    domain: str
    operation: str | None
    """`write`, `remove`, … of cookies and storage."""
    purpose: str
    party: str
    vendor: str | None
    entity: str | None
    put_there_by: str
    in_flight: bool
    evidence: str


class FlowRow(Record):
    scan: str
    scenario: str
    page: str
    consent: str
    at: float
    identifier_of: str
    """The cookie or storage item that held it first."""
    holder_kind: str
    holder_vendor: str | None
    carried_in: str
    form: str
    to_domain: str
    to_vendor: str | None
    to_party: str
    evidence: str


class FindingRow(Record):
    scan: str
    rule: str
    severity: str
    outcome: str
    title: str
    observation: str
    kind: str
    name: str
    domain: str
    vendor: str | None
    scenario: str
    put_there_by: str
    declared_at: str | None
    fix: str
    fingerprint: str


class UndecidedRow(Record):
    scan: str
    rule: str
    scenario: str | None
    page: str | None
    why: str


TABLES: dict[str, type[Record]] = {
    "scans": ScanRow,
    "items": ItemRow,
    "item_scenarios": ItemScenarioRow,
    "events": EventRow,
    "flows": FlowRow,
    "findings": FindingRow,
    "undecided": UndecidedRow,
}
