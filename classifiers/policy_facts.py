"""What visits noted about the policy page."""

from __future__ import annotations

from classifiers.evidence import Evidence

POLICY_DIGEST = "policy_sha256"
"""Name of the fact that a visit to the policy page may note: SHA-256 hex of its text."""


def policy_digests(evidence: Evidence) -> frozenset[str]:
    return frozenset(fact.value for visit in evidence.visits for fact in visit.facts if fact.name == POLICY_DIGEST)
