"""The rules' manuals as the reports want them."""

from __future__ import annotations

from classifiers.rules import RULES
from reports.context import RuleText


def rule_texts() -> tuple[RuleText, ...]:
    return tuple(
        RuleText(id=rule.id, title=rule.title(), severity=rule.severity, why=rule.why(), fix=rule.fix())
        for rule in sorted(RULES, key=lambda rule: rule.id)
    )
