"""What scripts send of what a person does: batches of a recorder, and text that was typed and never submitted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from crawler.browser.carriers import candidates, known
from crawler.browser.hops import Hop
from crawler.browser.stacks import from_devtools
from crawler.browser.values import Digester
from crawler.observations import CallFrame, Carried, NameValue


def callers(hop: Hop) -> tuple[CallFrame, ...]:
    return from_devtools(hop.initiator["stack"]) if "stack" in hop.initiator else ()


def batches(script: str, hops: Iterable[Hop]) -> tuple[NameValue, ...]:
    """Bodies that were sent from within the script; empty: none, or others send for it."""
    sent = [hop for hop in hops if hop.body and any(frame.url == script for frame in callers(hop))]
    if not sent:
        return ()
    size = sum(len(hop.body or b"") for hop in sent)
    return (
        NameValue(name="sent", value=f"{len(sent)} requests with {size} bytes"),
        NameValue(name="to", value=" ".join(sorted({urlsplit(hop.url).netloc for hop in sent}))),
    )


@dataclass
class Leak:
    """Typed text in requests of one script to one host, in one form."""

    first: Hop
    script: str
    host: str
    forms: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    count: int = 0

    @property
    def detail(self) -> tuple[NameValue, ...]:
        told = (("to", [self.host]), ("in", sorted(self.names)), ("as", sorted(self.forms)))
        return tuple(NameValue(name=name, value=" ".join(values)) for name, values in told)


def leaks(hops: Iterable[Hop], digester: Digester) -> Iterator[Leak]:
    """Of addresses that were typed, each apart by script, host, and the consent and phase at the time."""
    found: dict[tuple[object, ...], Leak] = {}
    for hop in hops:
        carried = _typed_in(hop, digester)
        if carried:
            script = next((frame.url for frame in callers(hop) if frame.url), "")
            host = urlsplit(hop.url).netloc
            key = (script, host, hop.moment.consent, hop.moment.phase)
            leak = found.setdefault(key, Leak(hop, script, host))
            leak.count += 1
            leak.forms.update(one.form.value for one in carried)
            leak.names.update(f"{one.place} {one.name}".strip() for one in carried)
    yield from found.values()


def _typed_in(hop: Hop, digester: Digester) -> tuple[Carried, ...]:
    if not digester.addresses or not hop.on_the_wire:
        return ()
    headers = {name.lower(): str(value) for name, value in (hop.sent["headers"] if hop.sent else hop.headers).items()}
    body = hop.body if hop.body is not None else b"\n".join(hop.sample) or None
    everything = candidates(
        url=hop.url, headers=headers, body=body, content_type=headers.get("content-type", ""), digester=digester
    )
    return tuple(known(everything, digester.addresses, digester))
