"""How much was seen, in one sentence, for formats that carry facts and no verdict."""

from __future__ import annotations

from classifiers.findings import Coverage


def extent(coverage: Coverage) -> str:
    seen = f"{coverage.pages_seen} of {coverage.pages_asked} pages and {coverage.visits_complete} of "
    seen += f"{coverage.visits_asked} visits were seen whole."
    if coverage.enough:
        return seen
    why = f": {'; '.join(coverage.why_not)}" if coverage.why_not else ""
    return f"{seen} Too little was seen to say anything by what is not here{why}."
