"""From visits to steps: spans on one page, with the decoded hits that belong to each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import orjson

from classifiers import states
from classifiers.blame import Blame, version_mark
from classifiers.decode import decode_sighting
from classifiers.reached import page_not_seen
from classifiers.tagplan.records import LayerEntry, LayerField, NotPlayed, TagHit, TagStep
from classifiers.vendors import Catalogue
from crawler.observations import CallFrame, Consent, RequestSighting, SightingKind, TargetKind
from crawler.tag_facts import DATA_LAYER
from crawler.visits import ChannelState, PhaseSpan, ProblemKind, Visit

GRACE = 0.5
"""Seconds after a choice in which it may not have taken hold yet: ours, without a published source."""
_CUT_SHORT = (ProblemKind.CAP, ProblemKind.TIMEOUT, ProblemKind.CRASH)
_LOADING = ("open", "reload", "next", "return")
_STATE = {
    Consent.UNDECIDED: states.SILENT,
    Consent.ACCEPTED: states.ACCEPT,
    Consent.REJECTED: states.REJECT,
    Consent.WITHDRAWN: states.WITHDRAW,
    Consent.PARTIAL: states.GRANULAR,
}
_SPECIAL = frozenset({states.GPC, states.COOKIES_OFF, states.SCRIPT_OFF, states.DISMISS})

Proved = Callable[[Visit, Consent], bool]


def steps_of(visits: Sequence[Visit], *, catalogue: Catalogue, proved: Proved) -> tuple[TagStep, ...]:
    """In order of visit and time. Visits that did not see their page have none."""
    blame = Blame(catalogue)
    return tuple(
        step
        for visit in visits
        if page_not_seen(visit) is None
        for step in _Steps(visit, catalogue, blame, proved).all()
    )


def not_played(visits: Sequence[Visit]) -> tuple[NotPlayed, ...]:
    """Steps of journeys that failed, with what stood in their way."""
    return tuple(
        NotPlayed(visit=visit.id, url=visit.url, step=problem.phase or "", why=problem.message)
        for visit in visits
        for problem in visit.problems
        if problem.kind is ProblemKind.STEP
    )


class _Steps:
    def __init__(self, visit: Visit, catalogue: Catalogue, blame: Blame, proved: Proved) -> None:
        self.visit, self.catalogue, self.blame, self.proved = visit, catalogue, blame, proved
        state = states.state_of(visit.scenario, (visit,))
        self.special = state if state in _SPECIAL else None
        self.navigates = any(_is_page(request) for request in visit.requests)

    def all(self) -> Iterator[TagStep]:
        hits = self._hits_by_step()
        page = self.visit.final_url or self.visit.url
        for span in self.visit.phases:
            loaded = self._loaded(span, page)
            page = loaded[-1] if loaded else page
            for at in dict.fromkeys((*loaded, page, *(where for name, where in hits if name == span.name))):
                yield self._step(span, at, loaded=at in loaded, hits=hits.get((span.name, at), ()))

    def _loaded(self, span: PhaseSpan, page: str) -> list[str]:
        if not self.navigates:  # a recording that has no documents: only the phases tell
            return [page] if span.name.partition("-")[0] in _LOADING else []
        found = [
            request.page
            for request in self.visit.requests
            if request.phase == span.name and _is_page(request) and not 300 <= (request.status or 0) < 400
        ]
        return list(dict.fromkeys(found))

    def _hits_by_step(self) -> dict[tuple[str, str], list[TagHit]]:
        consents = {span.name: span.consent for span in self.visit.phases}
        before = {
            span.name: earlier.name for earlier, span in zip(self.visit.phases, self.visit.phases[1:], strict=False)
        }
        found: dict[tuple[str, str], list[TagHit]] = {}
        decoded: dict[str, list[TagHit]] = {}
        for request in self.visit.requests:
            hits = [hit.model_copy(update={}) for hit in self._decoded(request)]
            decoded[request.id] = hits
            if _repeats(hits, decoded.get(request.redirected_from or "", ())):
                continue  # the same event on its way through a redirect is no second one
            phase = request.phase
            if consents.get(phase) is not request.consent and phase in before:
                phase = before[phase]  # it was under way before the choice that this phase made
            for hit in hits:
                found.setdefault((phase, request.page), []).append(hit)
        return found

    def _decoded(self, request: RequestSighting) -> Iterator[TagHit]:
        error = _error_of(request)
        for hit in decode_sighting(request, catalogue=self.catalogue):
            yield TagHit(
                id=f"{self.visit.id}/{request.id}#{hit.index}",
                evidence=f"{self.visit.id}/{request.id}",
                vendor=hit.vendor,
                vendor_name=hit.vendor_name,
                account=hit.account,
                event=hit.event,
                kind=hit.kind,
                parameters=hit.parameters,
                consent=hit.consent,
                at=request.at,
                order=request.order,
                under=request.consent,
                url=request.url,
                error=error,
                unsent=bool(request.refused_because),
                mark=version_mark(request),
                problems=hit.problems,
                chain=self.blame.chain(self.visit, request),
                task=_task(request),
            )

    def _step(self, span: PhaseSpan, page: str, *, loaded: bool, hits: Sequence[TagHit]) -> TagStep:
        choice = next((one for one in self.visit.choices if one.wanted is span.consent and one.at is not None), None)
        made_here = choice is not None and choice.at is not None and span.begins <= choice.at <= span.ends
        return TagStep(
            visit=self.visit.id,
            url=self.visit.url,
            scenario=self.visit.scenario,
            run=self.visit.run,
            name=span.name,
            page=page,
            consent=span.consent,
            state=self.special or _STATE[span.consent],
            loaded=loaded,
            begins=span.begins,
            settled_from=choice.at + GRACE if made_here and choice is not None and choice.at is not None else 0.0,
            hits=tuple(sorted(hits, key=lambda hit: (hit.order, hit.id))),
            layer=self._layer(span.name, page),
            unproved=self._unproved(span.consent),
            blind=self._blind(span),
        )

    def _blind(self, span: PhaseSpan) -> str | None:
        for problem in self.visit.problems:
            if SightingKind.REQUEST in problem.blinds:
                return f"Requests were not all recorded: {problem.message}"
            if problem.kind in _CUT_SHORT and problem.phase in (None, span.name):
                return f"The step was cut short: {problem.message}"
        for channel in self.visit.channels:
            if channel.sees is SightingKind.REQUEST and (channel.state is ChannelState.DEAD or channel.dropped):
                return f"The channel {channel.name} did not record everything."
        return None

    def _unproved(self, consent: Consent) -> str | None:
        if consent is Consent.UNDECIDED or self.proved(self.visit, consent):
            return None
        why = next((choice.why for choice in self.visit.choices if choice.wanted is consent), "")
        return f"The choice `{consent.value}` was not proved on this visit{f' ({why})' if why else ''}."

    def _layer(self, phase: str, page: str) -> tuple[LayerEntry, ...] | None:
        texts = [fact.value for fact in self.visit.facts if fact.name == f"{DATA_LAYER}:{phase}"]
        if not texts:
            return None
        told = orjson.loads(texts[-1])
        return tuple(_entry(index, fields, *push) for where, index, fields, *push in told if where == page)


def _entry(
    index: int, fields: Sequence[tuple[str, str | None, str]], at: float | None = None, by: Sequence[str] = ()
) -> LayerEntry:
    named = tuple(LayerField(name=name, value=value, shape=shape) for name, value, shape in fields)
    return LayerEntry(index=index, fields=named, at=at, by=tuple(by))


def _error_of(request: RequestSighting) -> str | None:
    if request.refused_because:
        return f"refused by the browser ({', '.join(request.refused_because)})"
    if request.status is not None and request.status >= 400:
        return f"HTTP {request.status}"
    aborted = request.failure is None or "ERR_ABORTED" in request.failure  # a beacon that the page left behind arrives
    return None if aborted or request.status is not None else str(request.failure)


def _task(request: RequestSighting) -> str | None:
    """Frames beyond an asynchronous boundary belong to an earlier task."""
    outermost: CallFrame | None = None
    for frame in request.initiator.stack if request.initiator else ():
        if frame.across is not None:
            break
        outermost = frame
    return f"{outermost.url}:{outermost.line}:{outermost.column}" if outermost else None


def _is_page(request: RequestSighting) -> bool:
    return request.navigation and request.frame == request.page and request.target is TargetKind.PAGE


def _repeats(hits: Sequence[TagHit], earlier: Sequence[TagHit]) -> bool:
    identity = [(hit.vendor, hit.account, hit.event) for hit in hits]
    return bool(hits) and identity == [(hit.vendor, hit.account, hit.event) for hit in earlier]
