"""Who put it there, outermost first: through redirects, and past calls that stand in the page itself."""

from __future__ import annotations

from classifiers.blame import Blame
from classifiers.vendors import packaged
from crawler.observations import CallFrame, Initiator, InitiatorKind, RequestSighting
from tests.rule_cases import PAGE, ShortRequest, ShortVisit, whole_visit

LOADER, SYNC, MATCH, PIXEL = (
    f"https://{name}" for name in ("cdn.example/loader.js", "a.example/sync", "b.example/match", "a.example/done.gif")
)


def frame(url: str, line: int) -> CallFrame:
    return CallFrame(function="", url=url, line=line, column=1)


def requests() -> tuple[RequestSighting, ...]:
    """An inline script, run by a loader, asks for a picture that is redirected twice."""
    visit = whole_visit(ShortVisit(requests=tuple(ShortRequest(url=url) for url in (LOADER, SYNC, MATCH, PIXEL))))
    stack = (frame(PAGE, 13), frame(LOADER, 26))
    loader, sync, match, pixel = visit.requests
    by_script = Initiator(kind=InitiatorKind.SCRIPT, url=PAGE, stack=stack)
    redirected = [
        Initiator(kind=InitiatorKind.REDIRECT, url=before.url, request=before.id, stack=stack)
        for before in (sync, match)
    ]
    return (
        loader,
        sync.model_copy(update={"initiator": by_script}),
        match.model_copy(update={"initiator": redirected[0]}),
        pixel.model_copy(update={"initiator": redirected[1]}),
    )


def chain(number: int) -> tuple[str, ...]:
    visit = whole_visit(ShortVisit()).model_copy(update={"requests": requests()})
    return Blame(packaged()).chain(visit, visit.requests[number])


def test_a_call_of_the_page_itself_keeps_the_script_that_ran_it() -> None:
    assert chain(1) == (f"{PAGE} (page)", LOADER, f"{PAGE}:13")


def test_redirects_stand_after_the_call_in_the_order_in_which_they_happened() -> None:
    assert chain(3) == (f"{PAGE} (page)", LOADER, f"{PAGE}:13", SYNC, MATCH)


def test_redirects_that_lead_to_each_other_end() -> None:
    loader, sync, match, pixel = requests()
    circle = Initiator(kind=InitiatorKind.REDIRECT, url=pixel.url, request=pixel.id)
    visit = whole_visit(ShortVisit()).model_copy(
        update={"requests": (loader, sync, match.model_copy(update={"initiator": circle}), pixel)}
    )
    assert len(Blame(packaged()).chain(visit, pixel)) < 20
