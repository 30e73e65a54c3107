"""What the tool must not say: conclusions. It states what was observed, and leaves the law to people."""

from __future__ import annotations

import re

BANNED = (
    r"violat(?:e|es|ed|ing|ion|ions)\b",
    r"\billegal(?:ly)?\b",
    r"\bunlawful(?:ly)?\b",
    r"\b(?:non-?)?complian(?:t|ce)\b",
    r"\bcertified\b",
    r"\bGDPR-safe\b",
    r"\bno trackers\b",
    r"\b(?:user|visitor|person)s? (?:is|are|was|were) tracked\b",
    r"\bdata (?:is|are|was|were) transferred to\b",
    r"\b(?:shared|sold) with\b",
    r"\buses? it for ads\b",
    r"\bignored consent\b",
    r"(?<!strictly )\bnecessary cookies?\b",
    r"\bno banner\b",
    r"\bpolicy is (?:unlawful|incomplete)\b",
    r"\bFlash cookies: none\b",
    r"\bwithdrawn cookies deleted\b",
    r"\b(?:breach(?:es|ed)?|infring(?:e|es|ed|ement))\b",
)
_BANNED = re.compile("|".join(BANNED), re.IGNORECASE)


def banned_in(text: str) -> tuple[str, ...]:
    """Every banned expression that stands in the text."""
    return tuple(match[0] for match in _BANNED.finditer(text))
