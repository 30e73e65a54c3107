"""The rules' manuals as the reports want them."""

from __future__ import annotations

from classifiers.rules import RULES
from classifiers.rules.sources import cited, sources
from reports.context import RuleText

CHECKED = {"V": "", "V2": " (read in secondary sources)", "M": " (not checked)"}


def rule_texts() -> tuple[RuleText, ...]:
    return tuple(
        RuleText(
            id=rule.id,
            title=rule.title(),
            severity=rule.severity,
            why=rule.why(),
            fix=rule.fix(),
            sources=_sources(rule.why()),
        )
        for rule in sorted(RULES, key=lambda rule: rule.id)
    )


def _sources(why: str) -> tuple[str, ...]:
    known = sources().sources
    titles = {key: f"{known[key].title}{CHECKED[known[key].mark]}" for key, _ in cited(why) if key in known}
    return tuple(titles.values())
