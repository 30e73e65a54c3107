"""What came of a tag plan: steps with their decoded hits, faults, open questions, and the grid."""

from __future__ import annotations

from enum import StrEnum

from classifiers.decode_records import ConsentSignal, HitParameter
from classifiers.place import Place
from classifiers.tagplan.plan import Fires
from classifiers.vendor_records import EndpointKind
from crawler.observations import Consent, Record


class FaultKind(StrEnum):
    """Closed, because each is one rule."""

    MISSING = "missing"
    UNPLANNED = "unplanned"
    DUPLICATE = "duplicate"
    WRONG_ID = "wrong_id"
    ERROR = "error"
    CONTAINER = "container_changed"
    COOKIE = "cookie"
    EXCLUDED = "excluded_page"
    DATA_LAYER = "data_layer"
    PARAMETER = "parameter"
    ORDER = "order"
    SIGNAL = "consent_signal"


class TagHit(Record):
    """One decoded event, with the line of the plan that it belongs to."""

    id: str
    """`<visit>/<request>#<place in the batch>`."""
    evidence: str
    """`<visit>/<request>`."""
    vendor: str
    vendor_name: str
    account: str | None
    event: str | None
    kind: EndpointKind
    parameters: tuple[HitParameter, ...]
    consent: tuple[ConsentSignal, ...]
    at: float
    order: int
    under: Consent
    url: str
    error: str | None = None
    """Why it did not arrive as it should: `HTTP 404`, `csp` …"""
    unsent: bool = False
    mark: str | None = None
    """Version mark of a loaded script."""
    problems: tuple[str, ...] = ()
    tag: str | None = None
    limited: bool = False
    """The plan says how often it may fire."""
    chain: tuple[str, ...] = ()
    """Who sent it, outermost first: page, container, tag, script, call."""
    task: str | None = None
    """Outermost call of the task that sent it: tags of one task leave in no order of their own. None: not known."""

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.vendor_name, self.account, self.event) if part)

    @property
    def fires(self) -> bool:
        return self.kind in (EndpointKind.COLLECT, EndpointKind.PIXEL, EndpointKind.CONVERSION)


class LayerField(Record):
    name: str
    value: str | None
    """None: not kept, because it may identify someone."""
    shape: str = "text"


class LayerEntry(Record):
    """One entry of the page's data layer, in the order of the pushes."""

    index: int
    fields: tuple[LayerField, ...]
    at: float | None = None
    """When it was pushed; None: it stood there from the start, or pushes were not watched."""
    by: tuple[str, ...] = ()
    """Who pushed it, `function url:line`, innermost first."""

    @property
    def event(self) -> str | None:
        return next((field.value for field in self.fields if field.name == "event"), None)

    @property
    def title(self) -> str:
        """Its event, or the command it is: `consent default`."""
        words = [field.value for field in self.fields if field.name in ("0", "1") and field.value is not None]
        return self.event or " ".join(words) or f"entry {self.index}"

    @property
    def told(self) -> str:
        """Its other fields, as `name=value`."""
        command = any(field.name == "0" for field in self.fields)
        rest = [field for field in self.fields if field.name not in (("0", "1") if command else ("event",))]
        return ", ".join(
            f"{field.name.removeprefix('2.') if command else field.name}="
            f"{field.value if field.value is not None else f'(not kept: {field.shape})'}"
            for field in rest
        )


class TagStep(Record):
    """A span of a visit on one page: a page view, a choice, or a step of a journey."""

    visit: str
    url: str
    scenario: str
    run: int
    name: str
    page: str
    consent: Consent
    state: str
    """Consent scenario as plans name it."""
    loaded: bool
    """The page was loaded in this span, so it is a page view."""
    begins: float
    settled_from: float = 0.0
    """Before this moment a choice may not have taken hold yet."""
    hits: tuple[TagHit, ...] = ()
    layer: tuple[LayerEntry, ...] | None = None
    """None: the data layer was not recorded."""
    unproved: str | None = None
    """Why the consent state of this span is not sure; None: it is."""
    blind: str | None = None
    """Why hits may have gone unseen; then a tag that was not seen is not missing."""


class NotPlayed(Record):
    """A step that the visit was to play and did not."""

    visit: str
    url: str
    step: str
    why: str


class Fault(Record):
    """One way in which what was seen differs from the plan."""

    kind: FaultKind
    tag: str
    """Id of the plan's line, or the vendor's where none fits."""
    subject: str
    """What identifies it in baselines: account and event, parameter, page class."""
    sentence: str
    vendor: str | None = None
    vendor_name: str | None = None
    state: str | None = None
    page: str = ""
    step: str = ""
    visit: str
    evidence: tuple[str, ...] = ()
    place: Place | None = None


class Question(Record):
    """What the plan asks and the recording cannot answer."""

    kind: FaultKind
    tag: str
    state: str | None
    visit: str | None
    page: str | None
    why: str


class GridCell(Record):
    """A line of the plan under one consent scenario."""

    planned: Fires | None
    observed: int
    verdict: str
    """`as planned`, `undecided`, `not judged`, or the kinds of fault."""


class GridRow(Record):
    tag: str
    vendor: str
    account: str
    events: str
    planned: bool
    cells: tuple[GridCell, ...]


class Grid(Record):
    """Plan × observed."""

    states: tuple[str, ...]
    rows: tuple[GridRow, ...]


class TagJudgement(Record):
    plan: str
    """File of the plan."""
    environment: str | None
    steps: tuple[TagStep, ...]
    faults: tuple[Fault, ...]
    questions: tuple[Question, ...]
    grid: Grid
    not_played: tuple[NotPlayed, ...] = ()
