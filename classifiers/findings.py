"""What is said about a scan: findings, what could not be decided, and the audit that holds them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from classifiers.base import Label, Party, Purpose
from classifiers.place import Place as Place  # part of what a finding says
from classifiers.tagplan.records import TagJudgement
from crawler.observations import Consent, NameValue, Record
from crawler.visits import Scan, Visit


class Severity(StrEnum):
    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


class Outcome(StrEnum):
    """What a finding is. `pass`, `not applicable` and `undecided` are not findings; see `Verdict`."""

    FAIL = "fail"
    REVIEW = "review"
    """The observation is certain, its meaning needs a person."""
    INFORMATIONAL = "informational"


class Confidence(StrEnum):
    """Computed: choice confirmed (or none needed), label from a curated exact entry, seen in at least 2 runs of 3."""

    CONFIRMED = "confirmed"
    LIKELY = "likely"
    WEAK = "weak"


class Subject(Record):
    """What a finding is about; its identity without page, value, time or run."""

    kind: str
    """`cookie`, `local_storage`, `request`, `page`, `scan`, `policy` …"""
    name: str
    """Normalised: `_ga_*`, `/collect`."""
    domain: str
    """Registrable domain or host that owns it."""
    entity: str | None = None
    vendor: str | None = None


class Finding(Record):
    rule: str
    severity: Severity
    outcome: Outcome
    title: str
    """The rule's failing state in plain words."""
    observation: str
    """What was observed, one sentence, no conclusion."""
    subject: Subject
    site: str
    scenario: str
    consent: Consent | None = None
    pages: tuple[str, ...] = ()
    first_at: float | None = None
    """Seconds since the visit began, of the earliest evidence."""
    seen_in_runs: int = 1
    runs: int = 1
    confidence: Confidence = Confidence.LIKELY
    evidence: tuple[str, ...] = ()
    """`<visit id>/<sighting id>`, earliest first, at most 50."""
    evidence_count: int = 0
    blame: tuple[str, ...] = ()
    """Who caused it, outermost first: page, tag manager, script, call."""
    declared_at: Place | None = None
    explanations: tuple[str, ...] = ()
    """What else could explain it."""
    fix: str = ""
    fingerprint: str
    """SHA-256 hex of rule, site, technology, normalised name, domain or entity, scenario."""


class Undecided(Record):
    """A rule that could not be checked: neither pass nor fail."""

    rule: str
    scenario: str | None
    visit: str | None
    page: str | None
    why: str


class VerdictKind(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    REVIEW = "review"
    UNDECIDED = "undecided"
    NOT_APPLICABLE = "not_applicable"


class Verdict(Record):
    """What became of one rule under one scenario over the whole scan."""

    rule: str
    title: str
    scenario: str | None
    kind: VerdictKind
    sentence: str
    """For a pass: what was looked at ("No instance observed on N pages …")."""
    findings: int = 0


class DeclaredState(StrEnum):
    ITEM = "item"
    CATEGORY = "category"
    OPEN_CLAUSE = "open_clause"
    """Only general words such as "other technologies" could cover it: treated as undeclared technology."""
    UNDECLARED = "undeclared"
    NO_DECLARATION = "no_declaration"


class Item(Record):
    """One technology over the whole scan: a cookie, a storage key or a request target, with its label."""

    kind: str
    name: str
    domain: str
    label: Label
    declared: DeclaredState
    declared_as: str | None = None
    """Category id or lock-file entry."""
    declared_at: Place | None = None
    scenarios: tuple[str, ...]
    first_scenario: str
    consents: tuple[Consent, ...]
    pages: tuple[str, ...]
    count: int
    lifetime_asked: float | None = None
    lifetime_kept: float | None = None
    refused_because: tuple[str, ...] = ()
    initiators: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    detail: tuple[NameValue, ...] = ()

    @property
    def party(self) -> Party:
        return self.label.party

    @property
    def purpose(self) -> Purpose:
        return self.label.purpose


class Coverage(Record):
    """Nothing seen is never a pass: what was asked beside what was seen."""

    pages_asked: int
    pages_seen: int
    visits_asked: int
    visits_complete: int
    visits_partial: int
    visits_failed: int
    enough: bool
    """False: too little was seen to say (exit 3 unless findings win)."""
    why_not: tuple[str, ...] = ()


class Claim(Record):
    """A statement of the policy held against what was observed."""

    id: str
    verdict: str
    """`consistent`, `inconsistent`, `not_observed` or `not_testable`."""
    quote: str
    place: Place
    sentence: str


class Audit(Record):
    """A scan judged: a pure function of the store, the declaration, the catalogue and the lists."""

    schema_version: str = "1"
    scan: Scan
    judged_with: tuple[NameValue, ...] = ()
    """Catalogue, lists, declaration, policy and profile, each with a digest or version."""
    site: str
    """Registrable domain (or host) of the first URL."""
    profile: str = "eu"
    declaration: Place | None = None
    findings: tuple[Finding, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    items: tuple[Item, ...] = ()
    claims: tuple[Claim, ...] = ()
    coverage: Coverage
    tags: TagJudgement | None = None
    """What came of the tag plan; None: none was given."""
    visits: tuple[Visit, ...] = ()
    """With their sightings: reports draw timelines from them."""
    judged_at: datetime
