"""Markdown for a pull-request comment: what is new, who put it there, how to fix it. Short."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.findings import Audit
from reports.base import Reporter
from reports.differences import ChangeKind
from reports.gate import ExitCode, GateResult
from reports.neutral import code, markdown, shorten
from reports.standing import Standing, standings, waiver_uses

MOST = 10
MARKER = "<!-- consentinel -->"
"""Lets a later run find and replace its own comment."""
_HEADINGS = {
    ExitCode.PASSED: "✅ Consentinel: passed",
    ExitCode.FINDINGS: "❌ Consentinel: findings",
    ExitCode.TOO_LITTLE_SEEN: "⚠️ Consentinel: undecided, too little was seen",
}


class ToMarkdown(Reporter):
    format = "markdown"
    filename = "comment.md"

    def render(self, audit: Audit) -> str:
        result = self.context.gate(audit)
        rows = standings(audit, baseline=self.context.baseline, waivers=self.context.waivers)
        lines = [MARKER, f"### {_HEADINGS[ExitCode(result.exit_code)]}", "", markdown(result.sentence), ""]
        lines.extend(_findings(result, {row.finding.fingerprint: row for row in rows}))
        lines.extend(_unlisted(result))
        lines.extend(self._change())
        lines.extend(self._waivers(audit))
        lines.extend(_undecided(audit))
        return "\n".join(lines).rstrip() + "\n"

    def _change(self) -> Iterator[str]:
        change = self.context.change
        if change is None:
            return
        appeared = change.of(ChangeKind.APPEARED)
        if appeared:
            yield f"**New since scan {code(change.before)}**"
            yield ""
            for row in appeared[:MOST]:
                by = f", by {code(shorten(row.introduced_by[-1], 80))}" if row.introduced_by else ""
                yield f"- {markdown(row.item.kind)} {code(shorten(row.item.name, 60))} of {code(row.item.domain)}{by}"
            if len(appeared) > MOST:
                yield f"- and {len(appeared) - MOST} more"
            yield ""

    def _waivers(self, audit: Audit) -> Iterator[str]:
        uses = waiver_uses(audit, self.context.waivers)
        if not uses:
            return
        yield "**Waivers**"
        yield ""
        for use in uses:
            state = "expired, its findings are back" if use.expired else "in force"
            yield (
                f"- {code(use.waiver.rule)} until {use.waiver.expires} ({state}; covers {use.covers}), "
                f"{code(use.waiver.owner)}: {markdown(shorten(use.waiver.reason, 120))}"
            )
        yield ""


def _findings(result: GateResult, by_print: dict[str, Standing]) -> Iterator[str]:
    for finding in result.failing[:MOST]:
        standing = by_print[finding.fingerprint]
        state = "known" if standing.known else "new"
        back = f", waiver expired {standing.expired.expires}" if standing.expired else ""
        yield f"- **{finding.severity}** {code(finding.rule)} ({state}{back}) {markdown(finding.observation)}"
        if finding.blame:
            chain = " → ".join(code(shorten(link, 60)) for link in finding.blame[-3:])
            yield f"  - who: {chain}"
        if finding.fix:
            yield f"  - fix: {markdown(finding.fix)}"
        if finding.declared_at:
            place = f"{finding.declared_at.file}:{finding.declared_at.line or 1}"
            yield f"  - declared at {code(place)}"
    if len(result.failing) > MOST:
        yield f"- and {len(result.failing) - MOST} more in the report"
    if result.failing:
        yield ""


def _unlisted(result: GateResult) -> Iterator[str]:
    for item in result.unlisted[:MOST]:
        yield f"- in no lock file: {code(item.kind)} {code(shorten(item.name, 60))} of {code(item.domain)}"
    if len(result.unlisted) > MOST:
        yield f"- and {len(result.unlisted) - MOST} more in the report"
    if result.unlisted:
        yield ""


def _undecided(audit: Audit) -> Iterator[str]:
    reasons: dict[str, set[str]] = {}
    for entry in audit.undecided:
        reasons.setdefault(entry.why, set()).add(entry.rule)
    if not reasons:
        return
    yield "**Could not be decided** (neither passed nor failed)"
    yield ""
    for why, rules in list(reasons.items())[:MOST]:
        names = sorted(rules)
        shown = ", ".join(code(name) for name in names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        yield f"- {shown}: {markdown(shorten(why, 200))}"
    if len(reasons) > MOST:
        yield f"- and {len(reasons) - MOST} more reasons"
    yield ""
