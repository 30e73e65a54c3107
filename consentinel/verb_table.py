"""The verbs by name. Each is loaded when it is asked for: a gate must not wait for what a crawl needs."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final, NamedTuple

import typer
from typer.main import get_command

from consentinel.collecting import uncollected

AUDIT, AGAIN, EVIDENCE, KNOW = "Audit a site", "Judge a stored scan again", "Keep evidence", "Know and prepare"


class Verb(NamedTuple):
    name: str
    panel: str
    """Heading under which the help lists it."""
    module: str | None = None
    """In `consentinel.verbs`; None: it is called as the verb."""


VERBS: Final = (
    Verb("audit", AUDIT),
    Verb("crawl", AUDIT),
    Verb("watch", AUDIT),
    Verb("schedule", AUDIT),
    Verb("classify", AGAIN, "judge"),
    Verb("report", AGAIN, "judge"),
    Verb("gate", AGAIN),
    Verb("explain", AGAIN),
    Verb("diff", AGAIN),
    Verb("inventory", AGAIN),
    Verb("pdf", AGAIN),
    Verb("serve", AGAIN),
    Verb("tags", AGAIN),
    Verb("baseline", AGAIN),
    Verb("pack", EVIDENCE),
    Verb("verify", EVIDENCE, "pack"),
    Verb("replay", EVIDENCE, "pack"),
    Verb("warc", EVIDENCE),
    Verb("rules", KNOW),
    Verb("decode", KNOW),
    Verb("lso", KNOW),
    Verb("check", KNOW),
    Verb("doctor", KNOW),
    Verb("init", KNOW),
    Verb("schema", KNOW),
    Verb("lists", KNOW),
    Verb("declare", KNOW),
)


def load(verb: Verb) -> Any:
    """The command as Typer makes it of the function `verb.name`, or of the module's own `app` of several verbs."""
    with uncollected():
        module = import_module(f"consentinel.verbs.{verb.module or verb.name}")
    holder = typer.Typer(add_completion=False, rich_markup_mode="rich")
    holder.callback()(_nothing)  # so that Typer makes a group of what may be one command
    if isinstance(several := getattr(module, "app", None), typer.Typer):
        holder.add_typer(several, name=verb.name, rich_help_panel=verb.panel)
    else:
        holder.command(rich_help_panel=verb.panel)(getattr(module, verb.name))
    group: Any = get_command(holder)
    return group.commands[verb.name]


def _nothing() -> None: ...
