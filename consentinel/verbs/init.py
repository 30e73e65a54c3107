"""`consentinel init`: writes a commented consentinel.yaml; asks nothing it can find out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from consentinel.config import FILE_NAME, ConfigurationError, page_address
from consentinel.found_here import declaration_here, site_here
from consentinel.starter import starter
from consentinel.terminal import out


def init(
    url: Annotated[
        str | None, typer.Argument(metavar="URL", help="Your site; otherwise found in this folder's files.")
    ] = None,
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="Where to write it.")] = Path(FILE_NAME),
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write a commented consentinel.yaml with every setting and its default."""
    if config.exists() and not force:
        raise ConfigurationError([f"{config}: is there already; edit it, or replace it with --force"])
    folder = config.parent
    try:
        site = page_address(url) if url else None
    except ValueError as error:
        raise ConfigurationError([f"URL: {error}"]) from error
    found = None if site else site_here(folder)
    declaration = declaration_here(folder)
    text = starter(url=site or (found.url if found else None), declaration=declaration)
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(text, encoding="utf-8")
    out.print(f"Wrote [place]{config}[/]", soft_wrap=True)
    if found:
        out.print(f"  site         {found.url} (from {found.file})", soft_wrap=True)
    elif site is None:
        out.print("  site         not found here: set crawl.urls, or name it: consentinel audit URL", soft_wrap=True)
    if declaration:
        out.print(f"  declaration  {declaration}", soft_wrap=True)
    out.print("Next: consentinel doctor, then consentinel audit")
