"""`consentinel decode`: what a request tells its vendor, in words."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

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
    urls: Annotated[
        list[str] | None,
        typer.Argument(metavar="URL…", help="Addresses of requests.", show_default=False),
    ] = None,
    body: Annotated[
        str | None,
        typer.Option("--body", metavar="FILE", help="What was sent with the address, by POST; `-`: standard input."),
    ] = None,
    content_type: Annotated[
        str | None, typer.Option("--content-type", metavar="TYPE", help="Of the body, where it does not show.")
    ] = None,
    har: Annotated[
        list[Path] | None, typer.Option("--har", metavar="FILE", help="A HAR of any browser; may be repeated.")
    ] = None,
    catalogue: options.Catalogue = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Decode tracking requests: vendor, account, event, parameters in words, consent carried."""
    if not urls and not har:
        raise ConfigurationError(["nothing to decode: give the address of a request, or a HAR with --har FILE"])
    if body is not None and len(urls or ()) != 1:
        raise ConfigurationError(["--body: goes with exactly one address"])
    configuration = configured(config, top={"catalogue": catalogue})
    known = Catalogue.load(*configuration.catalogue)
    sent = _sent(body)
    headers = {"content-type": content_type} if content_type else {}
    hits = [hit for url in urls or () for hit in _of_address(url, sent, headers, known)]
    hits += [hit for path in har or () for hit in _of_har(path, known)]
    if as_json:
        plain = [hit.model_dump(mode="json") for hit in hits]
        sys.stdout.write(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode() + "\n")
    elif not hits:
        out.print("No vendor of the catalogue is known for these requests; that does not say that they track nothing.")
    else:
        for hit in hits:
            out.print(_card(hit))


def _sent(body: str | None) -> bytes | None:
    if body is None:
        return None
    return sys.stdin.buffer.read() if body == "-" else Path(body).read_bytes()


def _of_address(url: str, body: bytes | None, headers: dict[str, str], catalogue: Catalogue) -> Iterable[Hit]:
    if not _is_address(url):
        hint = f"; for a HAR write --har {url}" if Path(url).is_file() else ""
        raise ConfigurationError([f"{url}: neither an address (https://…) nor an option{hint}"])
    return decoded(url, "GET" if body is None else "POST", headers, body, catalogue=catalogue)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _of_har(path: Path, catalogue: Catalogue) -> Iterable[Hit]:
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
