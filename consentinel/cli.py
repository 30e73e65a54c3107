"""The verbs, and the one place where errors become sentences and exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Annotated

import typer
from typer.core import TyperGroup

from consentinel import __version__
from consentinel.mistakes import USER_ERRORS
from consentinel.terminal import complain, out
from consentinel.verbs import (
    audit,
    baseline,
    check,
    crawl,
    declare,
    decode,
    diff,
    doctor,
    explain,
    gate,
    init,
    inventory,
    judge,
    lists,
    lso,
    pack,
    pdf,
    rules,
    schedule,
    schema,
    serve,
    tags,
    warc,
    watch,
)
from reports.gate import ExitCode

INTERRUPTED = 130
"""As shells count it: 128 and the number of the signal."""


class Verbs(TyperGroup):
    """Python ends with 1 on an error, which here would say "findings": so no error leaves this class."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]  # Typer keeps its Click to itself
        try:
            return super().invoke(ctx)
        except USER_ERRORS as error:
            complain(str(error))
            raise typer.Exit(ExitCode.WRONG_USE) from error
        except BrokenPipeError as error:  # `consentinel rules | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(ExitCode.WRONG_USE) from error
        except OSError as error:
            complain(f"{error.filename or 'the system'}: {error.strerror or error}")
            raise typer.Exit(ExitCode.WRONG_USE) from error
        except KeyboardInterrupt as error:
            complain("stopped before anything could be judged; what was stored is kept.")
            raise typer.Exit(INTERRUPTED) from error


app = typer.Typer(
    name="consentinel",
    cls=Verbs,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 passed · 1 findings · 2 wrong use or configuration · 3 too little was seen to say.",
)


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"consentinel {__version__}")
        raise typer.Exit


@app.callback()
def consentinel(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Audits cookies, storage and beacons of websites, with consent given, refused and not asked,
    against what the site declares."""


AUDIT, AGAIN, EVIDENCE, KNOW = "Audit a site", "Judge a stored scan again", "Keep evidence", "Know and prepare"
app.command(rich_help_panel=AUDIT)(audit.audit)
app.command(rich_help_panel=AUDIT)(crawl.crawl)
app.command(rich_help_panel=AUDIT)(watch.watch)
app.add_typer(schedule.app, name="schedule", rich_help_panel=AUDIT)
app.command(rich_help_panel=AGAIN)(judge.classify)
app.command(rich_help_panel=AGAIN)(judge.report)
app.command(rich_help_panel=AGAIN)(gate.gate)
app.command(rich_help_panel=AGAIN)(explain.explain)
app.command(rich_help_panel=AGAIN)(diff.diff)
app.command(rich_help_panel=AGAIN)(inventory.inventory)
app.command(rich_help_panel=AGAIN)(pdf.pdf)
app.command(rich_help_panel=AGAIN)(serve.serve)
app.add_typer(tags.app, name="tags", rich_help_panel=AGAIN)
app.add_typer(baseline.app, name="baseline", rich_help_panel=AGAIN)
app.command(rich_help_panel=EVIDENCE)(pack.pack)
app.command(rich_help_panel=EVIDENCE)(pack.verify)
app.command(rich_help_panel=EVIDENCE)(pack.replay)
app.command(rich_help_panel=EVIDENCE)(warc.warc)
app.command(rich_help_panel=KNOW)(rules.rules)
app.add_typer(lists.app, name="lists", rich_help_panel=KNOW)
app.add_typer(declare.app, name="declare", rich_help_panel=KNOW)
app.command(rich_help_panel=KNOW)(decode.decode)
app.command(rich_help_panel=KNOW)(lso.lso)
app.command(rich_help_panel=KNOW)(check.check)
app.command(rich_help_panel=KNOW)(doctor.doctor)
app.command(rich_help_panel=KNOW)(init.init)
app.command(rich_help_panel=KNOW)(schema.schema)


def main() -> None:
    code: int = ExitCode.WRONG_USE
    try:
        app()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None) * ExitCode.WRONG_USE
    except Exception:  # noqa: BLE001  whatever it is, it must not end with 1, which says "findings"
        traceback.print_exc()
        complain("this is a fault of Consentinel itself, not of the site. Please report it with the lines above.")
    sys.exit(code)
