"""`consentinel inventory`: cookies, storage, beacons, requests and third parties as tables for other programs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from consentinel import options
from consentinel.config import ConfigurationError, configured
from consentinel.judging import judge, read_yardstick, store_path
from consentinel.terminal import out, set_up_logging
from reports.inventories import Inventory, inventories, to_csv, to_parquet


class TableFormat(StrEnum):
    CSV = "csv"
    PARQUET = "parquet"


def inventory(
    store: options.Store,
    form: Annotated[
        TableFormat, typer.Option("--format", help="csv for spreadsheets, parquet for data frames.")
    ] = TableFormat.CSV,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="Folder for the tables; otherwise `inventory` beside."),
    ] = None,
    scan: options.ScanId = None,
    declaration: options.Declaration = None,
    catalogue: options.Catalogue = None,
    profile: options.Profile = None,
    config: options.Config = None,
    verbose: options.Verbose = False,
) -> None:
    """Write what was seen as one table each of cookies, storage, beacons, requests, behaviour and third parties."""
    set_up_logging(verbose)
    configuration = configured(config, top={"declaration": declaration, "profile": profile, "catalogue": catalogue})
    path = store_path(store)
    judged, _ = judge(path, read_yardstick(configuration), scan_id=scan)
    folder = output or path.parent / "inventory"
    folder.mkdir(parents=True, exist_ok=True)
    for table in inventories(judged):
        file = folder / f"{table.name}.{form}"
        file.write_bytes(_content(table, form))
        out.print(f"{len(table.rows):>6} rows  [place]{file}[/]", soft_wrap=True)


def _content(table: Inventory, form: TableFormat) -> bytes:
    if form is TableFormat.CSV:
        return to_csv(table).encode()
    try:
        return to_parquet(table)
    except ImportError as error:
        raise ConfigurationError(
            ["--format parquet: needs pyarrow; `pip install 'consentinel[parquet]'` brings it"]
        ) from error
