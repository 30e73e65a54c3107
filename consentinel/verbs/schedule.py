"""`consentinel schedule`: when the scans are due, and files that let another scheduler run them."""

from __future__ import annotations

import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from consentinel import options
from consentinel.config import ConfigurationError, did_you_mean
from consentinel.terminal import out
from consentinel.watch.exports import EXPORTS
from consentinel.watch.exports.base import ExportError, ExportOptions
from consentinel.watch.plans import read_plans

app = typer.Typer(help="Scans by the clock of others: systemd, cron, GitHub, Kubernetes.", no_args_is_help=True)
TIMES = 3


@app.command()
def show(config: options.Config = None) -> None:
    """Tell when each scheduled scan is due next."""
    plans = read_plans(config)
    for plan in plans.plans:
        at, times = datetime.now(UTC), []
        for _ in range(TIMES):
            at = plan.cron.following(at, plans.section.zone)
            times.append(f"{at:%a %Y-%m-%d %H:%M %Z}")
        out.print(f"{plan.name}  {plan.cron.text}  {', '.join(times)}", markup=False, soft_wrap=True)


@app.command()
def export(
    format: Annotated[
        str, typer.Option("--format", metavar="NAME", help=f"One of: {', '.join(kind.format for kind in EXPORTS)}.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Write the files there; otherwise print them.")
    ] = None,
    image: Annotated[
        str | None, typer.Option("--image", metavar="IMAGE", help="For kubernetes: the container image.")
    ] = None,
    program: Annotated[
        str | None, typer.Option("--program", metavar="FILE", help="The consentinel command; otherwise this one.")
    ] = None,
    config: options.Config = None,
) -> None:
    """Write the schedule of consentinel.yaml for another scheduler, which then runs `watch --once`."""
    known = {kind.format: kind for kind in EXPORTS}
    if format not in known:
        raise ConfigurationError([f"--format: there is no export called {format!r}{did_you_mean(format, known)}"])
    plans = read_plans(config)
    command = (program,) if program else own_command()
    try:
        files = known[format](ExportOptions(program=command, image=image)).render(plans)
    except ExportError as error:
        raise ConfigurationError([str(error)]) from error
    for name, text in files.items():
        if output is None:
            sys.stdout.write(text if len(files) == 1 else f"# --- {name}\n{text}\n")
            continue
        path = output / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        out.print(f"wrote [place]{path}[/]", soft_wrap=True)


def own_command() -> tuple[str, ...]:
    """The script beside this interpreter, otherwise the interpreter itself."""
    beside = shutil.which("consentinel", path=str(Path(sys.executable).parent))
    return (beside,) if beside else (sys.executable, "-m", "consentinel")
