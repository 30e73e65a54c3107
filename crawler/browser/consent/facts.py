"""What the consent interface offers, measured: facts for the rules, with pictures and the accessibility tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urljoin

from playwright.async_api import Error as PlaywrightError

from crawler.browser.consent.hand import Hand
from crawler.browser.consent.survey import Control, Offer
from crawler.browser.consent.words import Meaning
from crawler.browser.consent.worlds import Json
from crawler.visits import Interface, InterfaceControl


class Looks:
    """The layers of the interface as they were seen, first layer first."""

    def __init__(self, hand: Hand) -> None:
        self._hand = hand
        self._layers: dict[int, tuple[Offer, tuple[float, float], str | None, str | None]] = {}

    @property
    def taken(self) -> bool:
        return bool(self._layers)

    async def take(self, offer: Offer, *, layer: int) -> None:
        if layer in self._layers:
            return
        picture = await self._hand.photograph(f"layer-{layer}")
        self._layers[layer] = (offer, await offer.world.origin(), picture, await _accessibility(offer))

    def interfaces(self) -> tuple[Interface, ...]:
        return tuple(self._interface(layer) for layer in sorted(self._layers))

    def policy_links(self) -> tuple[str, ...]:
        """Addresses that the interface names as the policy."""
        found: dict[str, None] = {}
        for offer, *_ in self._layers.values():
            for control in offer.controls:
                if control.meaning is Meaning.POLICY and control.seen.href:
                    found.setdefault(urljoin(control.world.url, control.seen.href))
        return tuple(found)

    def _interface(self, layer: int) -> Interface:
        offer, origin, picture, tree = self._layers[layer]
        return Interface(
            kind="iframe"
            if offer.framed
            else "modal"
            if offer.modal or offer.blocks
            else "banner"
            if offer.grade > 1
            else "inline",
            platform=offer.platform,
            text=offer.text[:4000],
            controls=tuple(_control(layer, control, origin) for control in offer.controls),
            blocks_content=offer.blocks or offer.modal,
            language=offer.language,
            screenshot=picture,
            accessibility=tree,
        )


def _control(layer: int, control: Control, origin: tuple[float, float]) -> InterfaceControl:
    """`origin`: where the frame lies in the page, so that boxes of all frames compare."""
    seen = control.seen
    return InterfaceControl(
        role=seen.role,
        meaning=control.meaning.value,
        text=(seen.text or seen.beside)[:300],
        layer=layer,
        box=seen.box.model_copy(update={"x": seen.box.x + origin[0], "y": seen.box.y + origin[1]}),
        font_px=seen.font_px,
        font_weight=seen.font_weight,
        contrast=seen.contrast,
        checked=seen.checked,
        frame=control.world.url,
    )


async def _accessibility(offer: Offer) -> str | None:
    """The interface as assistive technology meets it, one `role "name"` a line; None: it could not be asked."""
    session = offer.world.session
    try:
        answer = await session.send(
            "Runtime.callFunctionOn",
            {
                "functionDeclaration": "(index) => consentinel.at(index)",
                "executionContextId": offer.world.context,
                "arguments": [{"value": offer.index}],
            },
        )
        object_id = answer["result"].get("objectId")
        if object_id is None:
            return None
        tree = await session.send("Accessibility.queryAXTree", {"objectId": object_id})
        await session.send("Runtime.releaseObject", {"objectId": object_id})
    except PlaywrightError:
        return None
    return "\n".join(_lines(tree["nodes"]))[:8000] or None


def _lines(nodes: Sequence[Json]) -> Iterator[str]:
    """A text that is no element's name is a line of its own: what looks like a button may be no more than that."""
    named: set[str] = set()
    for node in nodes:
        role = node.get("role", {}).get("value", "")
        name = " ".join(str(node.get("name", {}).get("value", "")).split())
        if node.get("ignored") or role in ("none", "generic", "InlineTextBox") or not (name or role == "dialog"):
            continue
        if role == "StaticText":
            if not any(name in other for other in named):
                yield f'text "{name}"'
            continue
        named.add(name)
        checked = next((p["value"].get("value") for p in node.get("properties", ()) if p["name"] == "checked"), None)
        yield f'{role} "{name}"' + (f" checked={checked}" if checked is not None else "")
