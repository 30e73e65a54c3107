"""`consentinel warc`: the requests of a stored scan for web archives' tools."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from consentinel import options
from consentinel.config import ConfigurationError, configured
from consentinel.evidence_files import kept_bodies
from consentinel.judging import EVIDENCE_NAME, judge, read_yardstick, store_path
from consentinel.terminal import note, out, set_up_logging


def warc(
    store: options.Store,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="Folder for the files; otherwise `warc` beside."),
    ] = None,
    scan: options.ScanId = None,
    config: options.Config = None,
    verbose: options.Verbose = False,
) -> None:
    r"""Write one WARC file per scenario. Contents are in it where `visit.keep_bodies` kept them.

    Needs `pip install 'consentinel\[warc]'`.
    """
    set_up_logging(verbose)
    if find_spec("warcio") is None:
        raise ConfigurationError(["warc: needs warcio; `pip install 'consentinel[warc]'` brings it"])
    from reports.warc import warc_files  # an extra

    path = store_path(store)
    judged, _ = judge(path, read_yardstick(configured(config)), scan_id=scan)
    folder = output or path.parent / "warc"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in warc_files(judged, bodies=kept_bodies(path.parent / EVIDENCE_NAME)).items():
        (folder / name).write_bytes(content)
        out.print(f"{len(content):>9} bytes  [place]{folder / name}[/]", soft_wrap=True)
    if not any(request.content for visit in judged.visits for request in visit.requests):
        note("no contents were kept, so the archives tell heads only; `visit: {keep_bodies: true}` keeps them")
