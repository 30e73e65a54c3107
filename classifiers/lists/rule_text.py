"""Where a rule stands in its list: line and section, found when a rule matched, because building an index is slow."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

_SECTION = re.compile(r"^! \*\*\* [\w-]+:(?:[\w./-]*/)?([\w.-]+?)(?:\.txt)? \*\*\*", re.MULTILINE)
_DISGUISED = re.compile(r"specific_cname_([\w-]+)$")
_HOST_RULE = re.compile(r"^\|\|([a-z0-9.-]+)\^(?:\$[\w,-]*)?$", re.MULTILINE)
NO_SECTION: Final = ""


class Spot(NamedTuple):
    line: int
    """From 1; 0: the engine words the rule in another way than the list does."""
    section: str


class RuleText:
    def __init__(self, text: str) -> None:
        self._text = text
        self._sections = [(match.start(), match.end(), match[1]) for match in _SECTION.finditer(text)]
        self.spot = lru_cache(maxsize=4096)(self._spot)

    def _spot(self, rule: str) -> Spot:
        place = self._text.find(f"\n{rule}\n")
        if place < 0:
            return Spot(0, NO_SECTION)
        section = next((name for start, _, name in reversed(self._sections) if start < place), NO_SECTION)
        return Spot(self._text.count("\n", 0, place + 1) + 1, section)

    def disguised_hosts(self) -> dict[str, str]:
        """Host → vendor as its section spells it, of the sections that list hosts disguised by CNAME."""
        found: dict[str, str] = {}
        for number, (_, end, name) in enumerate(self._sections):
            vendor = _DISGUISED.search(name)
            if vendor is None:
                continue
            stop = self._sections[number + 1][0] if number + 1 < len(self._sections) else len(self._text)
            for rule in _HOST_RULE.finditer(self._text, end, stop):
                found.setdefault(rule[1], vendor[1])
        return found
