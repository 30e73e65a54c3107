"""`consentinel declare`: make, import, keep and export the declaration that a site is held against."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from classifiers.declaration import Declaration, read_declaration
from classifiers.drafting import draft_items, not_seen
from classifiers.exports import EXPORTS
from classifiers.exports.to_yaml import declaration_yaml, item_yaml
from classifiers.lock_text import new_lock, read_lock, with_items
from classifiers.policy.drafts import draft
from classifiers.policy.reader import read_policy
from classifiers.vendors import Catalogue
from classifiers.yaml_source import read_yaml
from consentinel import options
from consentinel.config import Configuration, ConfigurationError, configured, did_you_mean
from consentinel.judging import store_path
from consentinel.policy_page import keep_page_digest
from consentinel.policy_told import tell
from consentinel.terminal import out
from consentinel.text_files import text_of, write_new
from consentinel.verbs.declare_import import import_
from crawler.store import Store
from crawler.visits import Scan, Visit

LOCK_NAME = "declaration.lock.yaml"

app = typer.Typer(help="What the site declares: import, draft, keep and export it.", no_args_is_help=True)


@app.callback()
def _declare() -> None:
    """What the site declares: import, draft, keep and export it."""


app.command("import")(import_)


@app.command("init")
def init(
    store: options.Store,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The lock file.")] = Path(LOCK_NAME),
    scan: options.ScanId = None,
    declaration: options.Declaration = None,
    catalogue: options.Catalogue = None,
    config: options.Config = None,
) -> None:
    """Draft the lock file: every item that a scan saw, by category and vendor, for a person to confirm.

    A file that is there is added to, as `update` does it.
    """
    if output.exists():
        _update(store, output, scan=scan, declaration=declaration, catalogue=catalogue, config=config, dry_run=False)
        return
    configuration = _configuration(declaration, catalogue, config)
    known = _without_lock(configuration)
    stored, visits = _scan(store, scan)
    items = draft_items(
        stored,
        visits,
        declaration=known,
        catalogue=Catalogue.load(*configuration.catalogue),
        profile=configuration.profile,
    )
    if not items:
        raise ConfigurationError([f"{store}: the scan holds nothing to declare; was anything seen? See `report`"])
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(new_lock(items, service=known.service if known else ""), encoding="utf-8")
    out.print(f"Wrote [place]{escape(str(output))}[/]: {len(items)} items to confirm.", soft_wrap=True)
    if configuration.declaration is not None and known is not None and known.lock is None:
        out.print(f"Add to {escape(str(configuration.declaration))}:  lock: {escape(output.name)}", soft_wrap=True)
    if configuration.declaration is not None:
        keep_page_digest(configuration.declaration, visits, dry_run=False)


@app.command("update")
def update(
    store: options.Store,
    lock: Annotated[Path, typer.Argument(metavar="LOCK", help="The lock file to add to.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be added, write nothing.")] = False,
    scan: options.ScanId = None,
    declaration: options.Declaration = None,
    catalogue: options.Catalogue = None,
    config: options.Config = None,
) -> None:
    """Add to the lock file what a scan saw and it does not name; nothing that stands there is changed.

    Where the declaration's source has a `url` and no `page_sha256`, that is set to the digest of the words seen there.
    """
    _update(store, lock, scan=scan, declaration=declaration, catalogue=catalogue, config=config, dry_run=dry_run)


@app.command("read-policy")
def read_policy_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A saved policy page, or its text.")],
    draft_to: Annotated[
        Path | None, typer.Option("--draft", metavar="FILE", help="Write the declaration it supports, to be confirmed.")
    ] = None,
    catalogue: options.Catalogue = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    force: options.Force = False,
) -> None:
    """Tell what a policy states, each with its words and line, where it pulls apart, and where it is silent."""
    configuration = _configuration(None, catalogue, config)
    vendors = Catalogue.load(*configuration.catalogue).vendors.values()
    names = [name for vendor in vendors for name in (vendor.name, vendor.entity.name if vendor.entity else "") if name]
    reading = read_policy(file, vendors=names)
    if draft_to is not None:
        header = (f"Drafted from {file.name} by its words; a person must confirm each line before it counts.",)
        write_new(declaration_yaml(draft(reading), header=header), draft_to, force=force)
    if as_json:
        sys.stdout.write(reading.model_dump_json(indent=2) + "\n")
    else:
        tell(reading)


@app.command("export")
def export(
    format: Annotated[str, typer.Argument(metavar="FORMAT", help=f"{', '.join(export.format for export in EXPORTS)}.")],
    declaration: Annotated[Path, typer.Argument(metavar="FILE", help="The declaration, with its lock file.")],
    output: options.TextFile = None,
    force: options.Force = False,
) -> None:
    """Write the declared items in a format of others."""
    known = {export.format: export for export in EXPORTS}
    if format not in known:
        raise ConfigurationError([f"there is no export called {format!r}{did_you_mean(format, known)}"])
    write_new(known[format]().render(read_declaration(declaration)), output, force=force)


def _update(
    store: Path,
    lock: Path,
    *,
    scan: str | None,
    declaration: Path | None,
    catalogue: list[Path] | None,
    config: Path | None,
    dry_run: bool,
) -> None:
    configuration = _configuration(declaration, catalogue, config)
    text = text_of(lock)
    locked = read_lock(text, name=str(lock))
    known = _without_lock(configuration)
    both = known.model_copy(update={"items": (*known.items, *locked.items)}) if known else locked
    stored, visits = _scan(store, scan)
    vendors = Catalogue.load(*configuration.catalogue)
    added = draft_items(stored, visits, declaration=both, catalogue=vendors, profile=configuration.profile)
    changed = with_items(text, added, name=str(lock))
    if changed != text and not dry_run:
        lock.write_text(changed, encoding="utf-8", newline="")
    for item in added:
        out.print(f"+ {item_yaml(item)}", markup=False, soft_wrap=True)
    unseen = not_seen(locked.items, stored, visits, catalogue=vendors, profile=configuration.profile, lock=locked)
    for item in unseen:
        out.print(f"? {item.name}: not observed in this scan", markup=False, soft_wrap=True)
    done = "would be" if dry_run else "were"
    out.print(f"{len(added)} items {done} added to {lock}; {len(locked.items)} stay as they are.", markup=False)
    keep_page_digest(configuration.declaration or lock, visits, dry_run=dry_run)


def _configuration(declaration: Path | None, catalogue: list[Path] | None, config: Path | None) -> Configuration:
    return configured(config, top={"declaration": declaration, "catalogue": catalogue})


def _without_lock(configuration: Configuration) -> Declaration | None:
    """The declaration alone: the lock file that it names may be the one to be written."""
    if configuration.declaration is None:
        return None
    return read_yaml(configuration.declaration, Declaration, what="declaration")


def _scan(store: Path, scan: str | None) -> tuple[Scan, tuple[Visit, ...]]:
    with Store.open(store_path(store)) as opened:
        found = opened.scan(scan)
        return found, tuple(opened.visits(found.id))
