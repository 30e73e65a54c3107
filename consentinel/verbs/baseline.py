"""`consentinel baseline update`: take today's findings as known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from consentinel import options
from consentinel.config import configured
from consentinel.judging import judge, read_yardstick, store_path
from consentinel.terminal import out
from reports.baseline import Baseline, baseline_text, update_baseline

app = typer.Typer(help="Findings that are known already, so that a gate fails on new ones only.", no_args_is_help=True)


@app.callback()
def _baseline() -> None:
    """Findings that are known already, so that a gate fails on new ones only."""


@app.command()
def update(
    store: options.Store,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="Otherwise gate.baseline of the configuration.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would change, write nothing.")] = False,
    declaration: options.Declaration = None,
    profile: options.Profile = None,
    config: options.Config = None,
) -> None:
    """Add what is new and drop what was shown to be gone; the difference is told first."""
    top: dict[str, object] = {"declaration": declaration, "profile": profile}
    configuration = configured(config, top=top)
    target = file or configuration.gate.baseline or Path("consentinel-baseline.json")
    configuration = configuration.model_copy(
        update={"gate": configuration.gate.model_copy(update={"baseline": target if target.exists() else None})}
    )
    yardstick = read_yardstick(configuration)
    judged, _ = judge(store_path(store), yardstick)
    change = update_baseline(yardstick.baseline or Baseline(), judged)
    for sign, entries in (("+", change.added), ("-", change.dropped), ("?", change.not_seen)):
        for entry in entries:
            out.print(f"{sign} {entry.rule} {entry.subject} · {entry.scenario}", markup=False, soft_wrap=True)
    if not dry_run:
        target.write_text(baseline_text(change.baseline), encoding="utf-8")
    done = "would be" if dry_run else "are"
    out.print(f"{len(change.baseline.entries)} findings {done} known in {target}.", soft_wrap=True)
