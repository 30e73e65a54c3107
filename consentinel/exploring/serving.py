"""Datasette over stores and the judged database, on this machine's own address."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

import uvicorn
from datasette.app import Datasette
from datasette.plugins import pm
from ruamel.yaml import YAML

from consentinel.exploring.plugin import REPORTS, TRENDS, Explorer

JUDGED = "judged"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
EVERYWHERE = ("0.0.0.0", "::")
_QUERY_LIMIT_MS = 10_000


def explorer(stores: Sequence[Path], judged: Path, *, reports: Sequence[Path], host: str) -> Datasette:
    """One Datasette per process: its plugins are the process's."""
    hosts = None if host in EVERYWHERE else (*LOOPBACK, f"[{host}]" if ":" in host else host)
    texts = YAML(typ="safe").load(files("consentinel.exploring").joinpath("metadata.yaml").read_text("utf-8"))
    databases = {JUDGED: texts["judged"], **dict.fromkeys(_names(stores), texts["facts"])}
    links = [f'<a href="{TRENDS}">Trends over all scans</a>']
    links += [
        f'<a href="{REPORTS}/{number}">Report in {escape(str(report.parent.name))}</a>'
        for number, report in enumerate(reports)
    ]
    known = pm.get_plugin("consentinel")
    if known is not None:
        pm.unregister(known)
    pm.register(Explorer(database=JUDGED, reports=reports, hosts=hosts), name="consentinel")
    return Datasette(
        [str(judged), *map(str, stores)],
        metadata={"title": "Consentinel", "description_html": " · ".join(links), "databases": databases},
        template_dir=str(files("consentinel.exploring") / "templates"),
        settings={"sql_time_limit_ms": _QUERY_LIMIT_MS, "default_page_size": 100, "allow_download": False},
    )


def _names(stores: Sequence[Path]) -> list[str]:
    """As Datasette names databases: `scan`, `scan_2`."""
    names = [JUDGED]
    for store in stores:
        number, name = 1, store.stem
        while name in names:
            number += 1
            name = f"{store.stem}_{number}"
        names.append(name)
    return names[1:]


def listening(host: str, port: int) -> socket.socket:
    """Raises OSError when the address is taken. Port 0: any that is free."""
    return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)


def server(datasette: Datasette) -> uvicorn.Server:
    return uvicorn.Server(uvicorn.Config(datasette.app(), log_level="warning", lifespan="on"))
