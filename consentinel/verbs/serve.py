"""`consentinel serve`: browse and query stored scans in Datasette."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from consentinel import options
from consentinel.config import Configuration, ConfigurationError, configured
from consentinel.exploring.judged import Judged, write_judged
from consentinel.judging import judge, read_yardstick, store_path
from consentinel.terminal import note, out, set_up_logging, working
from crawler.store import Store
from reports.to_html import ToHtml

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def serve(
    stores: Annotated[
        list[Path],
        typer.Argument(
            metavar="STORE…", help="Stored scans: files, or the folders that hold them; several for trends."
        ),
    ],
    host: Annotated[str, typer.Option(help="Address to listen on; the default is this machine only.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes any that is free.")] = 8001,
    declaration: options.Declaration = None,
    catalogue: options.Catalogue = None,
    profile: options.Profile = None,
    config: options.Config = None,
    verbose: options.Verbose = False,
) -> None:
    r"""Open stored scans in Datasette: tables, ready-made questions, trends over several scans, the reports.

    Needs `pip install 'consentinel\[explore]'`. Ctrl-C ends it.
    """
    set_up_logging(verbose)
    if find_spec("datasette") is None:
        raise ConfigurationError(["serve: needs Datasette; `pip install 'consentinel[explore]'` brings it"])
    configuration = configured(config, top={"declaration": declaration, "profile": profile, "catalogue": catalogue})
    paths = list(dict.fromkeys(store_path(store).resolve() for store in stores))
    from consentinel.exploring.serving import explorer, listening, server  # an extra, and slow to load

    with tempfile.TemporaryDirectory(prefix="consentinel-") as folder:
        reports = [report for path in paths if (report := path.with_name(ToHtml.filename)).is_file()]
        with working("judging the scans"):
            write_judged(Path(folder) / "judged.db", judged_scans(paths, configuration, reports))
        with listening(host, port) as taken:
            at = f"[{host}]" if ":" in host else host
            out.print(f"Open [place]http://{at}:{taken.getsockname()[1]}/[/]", soft_wrap=True)
            if host not in LOOPBACK:
                note(f"whoever reaches {host} can read these scans; there is no password")
            datasette = explorer(paths, Path(folder) / "judged.db", reports=reports, host=host)
            server(datasette).run(sockets=[taken])


def judged_scans(paths: Sequence[Path], configuration: Configuration, reports: Sequence[Path]) -> list[Judged]:
    """Every scan of every store, each once."""
    from consentinel.exploring.plugin import REPORTS

    yardstick = read_yardstick(configuration)
    found: dict[str, Judged] = {}
    for path in paths:
        report = path.with_name(ToHtml.filename)
        with Store.open(path) as store:
            scans = store.scans()
        for scan in scans:
            audit, context = judge(path, yardstick, scan_id=scan.id)
            newest = scan.id == scans[-1].id and report in reports
            found[scan.id] = Judged(
                audit=audit,
                result=context.gate(audit).sentence,
                catalogue=yardstick.catalogue,
                report=f"{REPORTS}/{reports.index(report)}" if newest else None,
            )
    return list(found.values())
