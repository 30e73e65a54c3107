"""`consentinel decode`: what a request tells its vendor, in words."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.markup import escape
from rich.table import Table

from classifiers.decode import decode as decoded
from classifiers.decode_har import HarError, read_har
from classifiers.decode_records import Hit
from classifiers.vendors import Catalogue
from consentinel import options
from consentinel.config import ConfigurationError, configured
from consentinel.terminal import complain, out


def decode(
    requests: Annotated[list[str], typer.Argument(metavar="URL|HAR…", help="Addresses of requests, or HAR files.")],
    body: Annotated[str | None, typer.Option("--body", metavar="TEXT", help="Sent with the address, by POST.")] = None,
    catalogue: options.Catalogue = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Decode tracking requests: vendor, account, event, parameters in words, consent carried."""
    configuration = configured(config, top={"catalogue": catalogue})
    known = Catalogue.load(*configuration.catalogue)
    hits = [hit for request in requests for hit in _hits(request, body, known)]
    if as_json:
        plain = [hit.model_dump(mode="json") for hit in hits]
        sys.stdout.write(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode() + "\n")
    elif not hits:
        out.print("No vendor of the catalogue is known for these requests; that does not say that they track nothing.")
    else:
        for hit in hits:
            out.print(_card(hit))


def _hits(request: str, body: str | None, catalogue: Catalogue) -> Iterable[Hit]:
    if request.startswith(("http://", "https://")):
        sent = body.encode() if body is not None else None
        return decoded(request, "GET" if sent is None else "POST", body=sent, catalogue=catalogue)
    path = Path(request)
    if not path.is_file():
        raise ConfigurationError([f"{request}: neither an address (https://…) nor a HAR file that is there"])
    try:
        read = read_har(path.read_bytes(), catalogue=catalogue)
    except HarError as error:
        raise HarError(f"{path}: {error}") from error
    for problem in read.problems:
        complain(f"{path}: {problem}")
    return read.hits


def _card(hit: Hit) -> Table:
    told = " · ".join(part for part in (hit.vendor_name, hit.account, hit.event) if part)
    card = Table(box=None, show_header=False, pad_edge=False, title=escape(told), title_justify="left")
    card.add_column(style="quiet")
    card.add_column()
    card.add_column(overflow="fold")
    for parameter in hit.parameters:
        value = "withheld" if parameter.withheld else parameter.value
        hashed = f" [quiet](as {parameter.hashed})[/]" if parameter.hashed else ""
        card.add_row(escape(parameter.name), escape(parameter.title or ""), escape(value) + hashed)
    for signal in hit.consent:
        card.add_row(escape(signal.parameter), f"[bold]consent: {signal.signal}[/]", escape(signal.value))
    for problem in hit.problems:
        card.add_row("", "[undecided]not read[/]", escape(problem))
    return card
