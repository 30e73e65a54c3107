"""When calls of one script count as a behaviour: published heuristics, with the numbers that met them.

Canvas, font and audio after Englehardt and Narayanan, "Online Tracking: A 1-million-site Measurement and Analysis"
(2016), section 6; fonts by the size of elements after Acar et al., "FPDetective" (2013), section 3. They say what was
done, never what for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from crawler.browser.events import Call

CANVAS_EDGE: Final = 16
CANVAS_COLOURS: Final = 2
CANVAS_CHARACTERS: Final = 10
FONTS: Final = 50
"""Measured on a canvas."""
FONT_WIDTHS: Final = 30
"""Families by the size of an element with that font."""
WEBGL_READS: Final = 10
"""Distinct parameters beside the unmasked names; libraries that draw read fewer, and not the unmasked ones."""
NAVIGATOR_READS: Final = 15
"""Distinct properties of navigator and screen by one script; web analytics read about eight."""
MOVEMENTS: Final = 3
"""Distinct kinds of listener on the whole page, beside an observer of the whole document."""
KEYSTROKES: Final = "keystroke_listener"
RECORDING: Final = "session_recording"
_LOW_ENTROPY: Final = frozenset({"brands", "mobile", "platform"})

Numbers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Heuristic:
    behaviour: str
    hears: frozenset[str]
    met: Callable[[Sequence[Call]], Numbers | None]
    """From one script's calls to the numbers that met it; None: not met."""


def _number(call: Call, index: int) -> int:
    field = call.fields[index]
    return int(field) if isinstance(field, (int, float)) else 0


def _canvas(calls: Sequence[Call]) -> Numbers | None:
    for call in calls:
        width, height, colours, characters = (_number(call, index) for index in range(1, 5))
        large = min(width, height) >= CANVAS_EDGE
        if large and (colours >= CANVAS_COLOURS or characters >= CANVAS_CHARACTERS) and call.fields[5] is not True:
            return (
                ("read by", call.text(0)),
                ("size", f"{width}×{height}"),
                ("colours", str(colours)),
                ("distinct characters", str(characters)),
            )
    return None


def _webgl(calls: Sequence[Call]) -> Numbers | None:
    reads = {call.text(0) for call in calls}
    unmasked = sorted(read for read in reads if read.startswith("UNMASKED"))
    parameters = sum(1 for read in reads if read.startswith("parameter"))
    pictures = sorted(reads & {"readPixels", "toDataURL", "toBlob", "convertToBlob"})
    lists = sorted(reads & {"getSupportedExtensions", "getShaderPrecisionFormat"})
    if not unmasked or not (pictures or lists or parameters >= WEBGL_READS):
        return None
    return (
        ("unmasked", " ".join(unmasked)),
        ("read by", " ".join([*pictures, *lists])),
        ("parameters", str(parameters)),
    )


def _audio(calls: Sequence[Call]) -> Numbers | None:
    for call in calls:
        oscillators, compressors, rendered = (_number(call, index) for index in range(1, 4))
        if rendered and (oscillators or compressors):
            return (
                ("read by", call.text(0)),
                ("oscillators", str(oscillators)),
                ("compressors", str(compressors)),
                ("renderings", str(rendered)),
            )
    return None


def _fonts(calls: Sequence[Call]) -> Numbers | None:
    last = calls[-1]
    fonts, measures = _number(last, 1), _number(last, 2)
    least = FONTS if last.kind == "font_measure" else FONT_WIDTHS
    if min(fonts, measures) < least:
        return None
    return (("read by", last.text(0)), ("fonts", str(fonts)), ("measures", str(measures)))


def _webrtc(calls: Sequence[Call]) -> Numbers | None:
    steps = {call.text(0) for call in calls}
    if "createDataChannel" not in steps or not steps & {"createOffer", "setLocalDescription"}:
        return None
    endpoints = sorted({endpoint for call in calls for endpoint in call.text(1).split()})
    return (("calls", " ".join(sorted(steps))), ("servers", " ".join(endpoints) or "none"))


def _hints(calls: Sequence[Call]) -> Numbers | None:
    hints = sorted({hint for call in calls for hint in call.text(0).split()} - _LOW_ENTROPY)
    return (("hints", " ".join(hints)),) if hints else None


def _reads(calls: Sequence[Call]) -> Numbers | None:
    properties = sorted({call.text(0) for call in calls})
    if len(properties) < NAVIGATOR_READS:
        return None
    return (("distinct properties", str(len(properties))), ("properties", " ".join(properties)))


def _keys(calls: Sequence[Call]) -> Numbers | None:
    types = sorted({call.text(1) for call in calls})
    places = sorted({call.text(2) for call in calls})
    return (("events", " ".join(types)), ("on", " ".join(places)))


def _recording(calls: Sequence[Call]) -> Numbers | None:
    observers = [call for call in calls if call.kind == "observer"]
    movements = sorted({call.text(0) for call in calls if call.kind == "movement"})
    if not observers or len(movements) < MOVEMENTS:
        return None
    return (("document observers", str(len(observers))), ("events", " ".join(movements)))


HEURISTICS: Final[tuple[Heuristic, ...]] = (
    Heuristic("canvas_fingerprint", frozenset({"canvas_read"}), _canvas),
    Heuristic("webgl_fingerprint", frozenset({"webgl_read"}), _webgl),
    Heuristic("audio_fingerprint", frozenset({"audio_read"}), _audio),
    Heuristic("font_fingerprint", frozenset({"font_measure", "font_width"}), _fonts),
    Heuristic("webrtc_candidates", frozenset({"webrtc"}), _webrtc),
    Heuristic("client_hints", frozenset({"client_hints"}), _hints),
    Heuristic("navigator_reads", frozenset({"navigator_read"}), _reads),
    Heuristic(KEYSTROKES, frozenset({"keystroke"}), _keys),
    Heuristic(RECORDING, frozenset({"observer", "movement"}), _recording),
)
