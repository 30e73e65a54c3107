"""The small scripts that run in pages and workers before the page's own. They report, and change nothing."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from importlib.resources import files

ALWAYS = (
    "core",
    "tags",
    "cookies",
    "storage",
    "databases",
    "files",
    "shared",
    "starters",
    "outlasting",
    "flash",
    "behaviours",
)
"""In this order: `core` defines what the others use."""
PRIVACY_CONTROL = "privacy_control"


@dataclass(frozen=True)
class Probes:
    """The scripts with this browser's secrets filled in."""

    binding: str
    """Name of the function through which they report; gone from `window` before the page's first line."""
    plain: str
    with_privacy_control: str

    @classmethod
    def load(cls) -> Probes:
        binding, key = f"b{secrets.token_hex(8)}", f"k{secrets.token_hex(8)}"
        return cls(
            binding=binding,
            plain=_assemble(ALWAYS, binding=binding, key=key),
            with_privacy_control=_assemble((*ALWAYS, PRIVACY_CONTROL), binding=binding, key=key),
        )


def _assemble(names: tuple[str, ...], *, binding: str, key: str) -> str:
    folder = files(__package__)
    parts = [(folder / f"{name}.js").read_text(encoding="utf-8") for name in names]
    return (
        f"(() => {{ 'use strict'; const root = globalThis; const send = root['{binding}']; const KEY = '{key}';\n"
        # A probe may be asked to run twice in one realm; the second time the way out is gone.
        f"if (typeof send !== 'function' || !delete root['{binding}']) return;\n"
        + "\n".join(parts)
        # Its own name tells its frames in a stack from all others, of which some have no name either.
        + f"\n}})();\n//# sourceURL={key}"
    )
