"""The verbs, and the one place where errors become sentences and exit codes."""

from __future__ import annotations

import gc
import os
import sys
import traceback
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from consentinel import __version__
from consentinel.terminal import complain, out
from consentinel.verb_table import VERBS, load
from reports.exit_codes import ExitCode

INTERRUPTED = 130
"""As shells count it: 128 and the number of the signal."""


class Verbs(TyperGroup):
    """Python ends with 1 on an error, which here would say "findings": so no error leaves this class."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]  # Typer keeps its Click to itself
        try:
            return super().invoke(ctx)
        except typer.Exit:
            raise
        except BrokenPipeError as error:  # `consentinel rules | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(ExitCode.WRONG_USE) from error
        except OSError as error:
            complain(f"{error.filename or 'the system'}: {error.strerror or error}")
            raise typer.Exit(ExitCode.WRONG_USE) from error
        except KeyboardInterrupt as error:
            complain("stopped before anything could be judged; what was stored is kept.")
            raise typer.Exit(INTERRUPTED) from error
        except Exception as error:
            from consentinel.mistakes import USER_ERRORS  # of every layer, which this verb may have had no use for

            if not isinstance(error, USER_ERRORS):
                raise
            complain(str(error))
            raise typer.Exit(ExitCode.WRONG_USE) from error


class AllVerbs(Verbs):
    """Knows the verbs by name and loads the one that is asked for."""

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]  # noqa: ARG002
        known = [verb for verb in VERBS if verb.name == cmd_name]
        for verb in known or VERBS:  # for an unknown one all, so that Typer can say what comes close
            if verb.name not in self.commands:
                self.add_command(load(verb))
        return self.commands.get(cmd_name)

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # noqa: ARG002
        return [verb.name for verb in VERBS]


app = typer.Typer(
    name="consentinel",
    cls=AllVerbs,
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


def main() -> None:
    code: int = ExitCode.WRONG_USE
    try:
        app()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None) * ExitCode.WRONG_USE
    except Exception:  # noqa: BLE001  whatever it is, it must not end with 1, which says "findings"
        traceback.print_exc()
        complain("this is a fault of Consentinel itself, not of the site. Please report it with the lines above.")
    gc.freeze()  # so that Python does not look for garbage in what ends with it
    sys.exit(code)
