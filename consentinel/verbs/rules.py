"""`consentinel rules`: which rules there are, and the manual of one."""

from __future__ import annotations

import sys
from typing import Annotated

import orjson
import typer
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from classifiers.rules import RULES
from classifiers.rules.base import Rule
from consentinel import options
from consentinel.config import ConfigurationError, did_you_mean
from consentinel.manuals import rule_texts
from consentinel.terminal import out


def _ids(incomplete: str) -> list[str]:
    return [rule.id for rule in RULES if rule.id.startswith(incomplete.upper())]


def rules(
    name: Annotated[
        str | None, typer.Argument(metavar="ID", help="Rule to explain, CONSENT-004.", autocompletion=_ids)
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """List the rules, or explain one."""
    wanted = _rule(name) if name else None
    if as_json:
        chosen = [text.model_dump() for text in rule_texts() if wanted is None or text.id == wanted.id]
        sys.stdout.write(orjson.dumps(chosen, option=orjson.OPT_INDENT_2).decode() + "\n")
    elif wanted is None:
        out.print(_table())
        out.print("Explain one with: consentinel rules ID", style="quiet")
    else:
        _explain(wanted)


def _rule(name: str) -> type[Rule]:
    known = {rule.id: rule for rule in RULES}
    found = known.get(name.strip().upper())
    if found is None:
        raise ConfigurationError([f"there is no rule {name!r}{did_you_mean(name.upper(), known)}"])
    return found


def _table() -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("rule", no_wrap=True)
    table.add_column("severity", no_wrap=True)
    table.add_column("what it finds", overflow="fold")
    for text in rule_texts():
        table.add_row(text.id, f"[{text.severity}]{text.severity}[/]", escape(text.title))
    return table


def _explain(rule: type[Rule]) -> None:
    out.print(f"[bold]{rule.id}[/]  [{rule.severity}]{rule.severity}[/]  [bold]{escape(rule.title())}[/]")
    for heading, text in (("Why it matters", rule.why()), ("Fix", rule.fix()), ("A pass says", rule.passed)):
        if text:
            out.print()
            out.print(f"[bold]{heading}[/]")
            out.print(Padding(escape(text), (0, 0, 0, 2)))
    kinds = ", ".join(kind.kind.value for kind in rule.reads) or "the scan itself"
    needs = ", ".join(rule.scenarios) if rule.scenarios else "any scenario"
    out.print()
    out.print(f"Reads {kinds}; needs {needs}.", style="quiet")
