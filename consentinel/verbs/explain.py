"""`consentinel explain`: everything known about one cookie, storage key, request or rule."""

from __future__ import annotations

import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

import orjson
import typer

from classifiers.audit import gather
from classifiers.explained import explain_item
from classifiers.findings import Item
from consentinel import options
from consentinel.config import ConfigurationError, configured, did_you_mean
from consentinel.item_card import findings_about, print_card
from consentinel.judging import judge, read_yardstick, store_path
from consentinel.terminal import out
from reports.gate import ExitCode


def explain(
    item: Annotated[
        str, typer.Argument(metavar="ITEM", help="NAME or NAME@DOMAIN of a cookie, key or request; `*` stands for any.")
    ],
    store: Annotated[
        Path | None,
        typer.Argument(metavar="STORE", help="A stored scan; otherwise that of the configuration.", show_default=False),
    ] = None,
    scan: options.ScanId = None,
    declaration: options.Declaration = None,
    catalogue: options.Catalogue = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Explain an item of a stored scan: what it is, whose, who says so, who set it, what was found."""
    configuration = configured(config, top={"declaration": declaration, "catalogue": catalogue})
    yardstick = read_yardstick(configuration)
    judged, _ = judge(store_path(store or configuration.output), yardstick, scan_id=scan)
    found = [known for known in judged.items if _meant(item, known)]
    if not found:
        names = sorted({known.name for known in judged.items})
        raise ConfigurationError([f"this scan has no item {item!r}{_near(item, names)}"])
    evidence = gather(
        judged.scan,
        judged.visits,
        declaration=yardstick.declaration,
        catalogue=yardstick.catalogue,
        profile=configuration.profile,
        lists=yardstick.lists,
        judged_at=judged.judged_at,
    )
    if as_json:
        plain = [
            {
                "item": known.model_dump(mode="json"),
                "why": explain_item(evidence, known).model_dump(mode="json"),
                "findings": [row.fingerprint for row in findings_about(judged, known)],
            }
            for known in found
        ]
        sys.stdout.write(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode() + "\n")
        raise typer.Exit(ExitCode.PASSED)
    for known in found:
        print_card(out, judged, evidence, known)


def _meant(text: str, item: Item) -> bool:
    full = f"{item.name}@{item.domain}"
    return text in (item.name, full) or fnmatchcase(item.name, text) or fnmatchcase(full, text)


def _near(text: str, names: list[str]) -> str:
    hint, _, _ = did_you_mean(text, names).partition("; accepted")
    return f"{hint}; it has {len(names)} items, see the inventory of the report"
