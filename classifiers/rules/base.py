"""How to write a rule: one file in this folder, named as its failing state, listed in `RULES` of `__init__.py`.

The class docstring is the rule's manual: first line the finding in plain words, then `Why it matters:`, then `Fix:`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from classifiers.findings import Severity
from crawler.observations import AnySighting

if TYPE_CHECKING:
    from classifiers.evidence import Evidence

    from classifiers.findings import Finding, Undecided


class Rule(ABC):
    """One question asked of the evidence. Pure: no clock, file or network."""

    id: ClassVar[str]
    """The catalogue's id, `CONSENT-004`; never reused."""
    severity: ClassVar[Severity]
    reads: ClassVar[tuple[type[AnySighting], ...]] = ()
    """Kinds of sighting it reads. Where a collector that sees them had a problem, the rule is undecided."""
    scenarios: ClassVar[tuple[str, ...] | None] = None
    """Scenarios it needs; None: any. Missing ones make it undecided, not passed."""

    @abstractmethod
    def check(self, evidence: Evidence) -> Iterator[Finding | Undecided]:
        """Yields what was found, and what could not be decided although the scenario ran."""
