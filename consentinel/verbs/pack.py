"""`consentinel pack`, `verify` and `replay`: evidence that can be handed on, checked and judged again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from consentinel import options
from consentinel.config import configured
from consentinel.evidence.manifest import FINDINGS
from consentinel.evidence.packing import pack_scan
from consentinel.evidence.replaying import Replay, replay_pack
from consentinel.evidence.signature import MAKE_ONE, read_private_key
from consentinel.evidence.verifying import Verification, verify_pack
from consentinel.judging import store_path
from consentinel.terminal import out, set_up_logging, working
from consentinel.writing import reporters
from crawler.observations import NameValue, Record
from reports import REPORTERS
from reports.gate import ExitCode
from reports.neutral import visible

Pack = Annotated[Path, typer.Argument(metavar="PACK", help="An evidence pack, as `consentinel pack` writes it.")]


class ReplayOutcome(Record):
    """What `replay --json` prints."""

    exit_code: int
    sentence: str
    identical: bool
    findings: int
    judged_otherwise: tuple[NameValue, ...]


def pack(
    store: options.Store,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to write it; otherwise evidence-<scan>.zip beside."),
    ] = None,
    scan: options.ScanId = None,
    declaration: options.Declaration = None,
    catalogue: options.Catalogue = None,
    mails: options.Mails = None,
    profile: options.Profile = None,
    baseline: options.Baseline = None,
    waivers: options.Waivers = None,
    policy: Annotated[
        Path | None, typer.Option("--policy", metavar="FILE", help="The privacy policy's text, to go into the pack.")
    ] = None,
    sign: Annotated[
        Path | None, typer.Option("--sign", metavar="KEY", help=f"Sign with this Ed25519 key (PEM); {MAKE_ONE}.")
    ] = None,
    timestamp: Annotated[
        str | None,
        typer.Option(
            "--timestamp", metavar="URL", help="Have it stamped by this RFC 3161 authority, which gets only a digest."
        ),
    ] = None,
    warc: Annotated[
        bool, typer.Option("--warc", help="Put WARC files of the requests into it; needs `consentinel\\[warc]`.")
    ] = False,
    keep_mails: Annotated[
        bool,
        typer.Option(
            "--keep-mails",
            help="Put the samples of e-mails into it, not only what was read of them: their recipients' personal data.",
        ),
    ] = False,
    config: options.Config = None,
    verbose: options.Verbose = False,
) -> None:
    """Write one archive with a scan, its evidence, what it was judged by and the reports.

    Every file's SHA-256 stands in its manifest. Equal contents give an equal archive.
    """
    set_up_logging(verbose)
    configuration = configured(
        config,
        gate={"baseline": baseline, "waivers": waivers},
        top={"declaration": declaration, "mails": mails, "profile": profile, "catalogue": catalogue},
    )
    path = store_path(store)
    key = read_private_key(sign) if sign else None
    with working("packing the evidence"):
        packed = pack_scan(
            path,
            configuration,
            scan_id=scan,
            policy=policy,
            key=key,
            timestamp=timestamp or configuration.evidence.timestamp,
            warc=warc,
            keep_mails=keep_mails,
        )
    target = output or path.parent / f"evidence-{packed.manifest.scan}.zip"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(packed.content)
    out.print(
        f"[place]{target}[/]  {len(packed.manifest.files)} files, {packed.manifest.events} events", soft_wrap=True
    )
    for name in packed.manifest.missing:
        out.print(f"  missing: {visible(name)} (the scan names it, but its file is not there)", markup=False)
    if packed.manifest.policy_matches_declaration is False:
        out.print("  the policy's text is not the one that the declaration was made from", style="undecided")


def verify(
    pack: Pack,
    key: Annotated[
        Path | None, typer.Option("--key", metavar="FILE", help="Public key (PEM) that must have signed the pack.")
    ] = None,
    authority: Annotated[
        Path | None,
        typer.Option(
            "--authority", metavar="FILE", help="Certificates (PEM) that must vouch for the time stamp's authority."
        ),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Check a pack offline: 0 intact, 1 not intact, and which file is not."""
    checked = verify_pack(pack, signer=key, authority=authority)
    if as_json:
        sys.stdout.write(checked.model_dump_json(indent=2, exclude={"manifest"}) + "\n")
    else:
        _tell(checked)
    raise typer.Exit(ExitCode.PASSED if checked.intact else ExitCode.FINDINGS)


def replay(
    pack: Pack,
    declaration: options.Declaration = None,
    profile: options.Profile = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="DIR", help="Write the findings and the reports of this judgement here."
        ),
    ] = None,
    formats: options.Formats = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Judge a pack again, by today's rules or beside another declaration. Exit codes as of `gate`."""
    set_up_logging(verbose)
    chosen = reporters(options.listed(formats) or ())
    with working("judging the pack again", quiet=as_json):
        again = replay_pack(pack, declaration=declaration, profile=profile)
    gate = again.context.gate(again.audit)
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        (output / FINDINGS).write_bytes(again.findings)
        for reporter in chosen or REPORTERS:
            for name, text in reporter(again.context).files(again.audit).items():
                (output / name).parent.mkdir(parents=True, exist_ok=True)
                (output / name).write_text(text, encoding="utf-8")
    if as_json:
        outcome = ReplayOutcome(
            exit_code=gate.exit_code,
            sentence=gate.sentence,
            identical=again.identical,
            findings=len(again.audit.findings),
            judged_otherwise=again.judged_otherwise,
        )
        sys.stdout.write(outcome.model_dump_json(indent=2) + "\n")
    else:
        _tell_replay(again)
        out.print(gate.sentence, markup=False)
    raise typer.Exit(gate.exit_code)


def _tell(checked: Verification) -> None:
    for fault in checked.faults:
        out.print(f"[failed]not intact[/]  {_safe(fault.file)} {_safe(fault.what)}", soft_wrap=True)
    if checked.manifest is not None:
        out.print(f"{checked.files} of {len(checked.manifest.files)} files are as the manifest says")
        out.print(f"{checked.events} of {checked.manifest.events} events are sealed in a chain and stand in the store")
    if checked.signed_by is None:
        out.print("no signature fits: whoever changed a file could have made the manifest fit", soft_wrap=True)
    elif checked.signer_demanded:
        out.print(f"signed by the given key, {checked.signed_by}")
    else:
        out.print(f"signed by {checked.signed_by}; give --key to say whose signature it must be", soft_wrap=True)
    if checked.stamped_at is not None:
        by = f" by {_safe(checked.stamped_by)}" if checked.stamped_by else ""
        told = "" if checked.authority_checked else "; who that is was not checked: give --authority"
        out.print(f"time stamp of {checked.stamped_at:%Y-%m-%d %H:%M:%S} UTC{by}{told}", soft_wrap=True)
    if checked.intact:
        out.print("[passed]INTACT[/]")
    else:
        out.print(f"[failed]NOT INTACT[/]: {len(checked.faults)} faults, see above")


def _tell_replay(again: Replay) -> None:
    for used in again.judged_otherwise:
        out.print(f"judged with {used.name} {used.value}, which is not what the pack was judged with", markup=False)
    if again.identical:
        out.print(f"all {len(again.audit.findings)} findings are the pack's, byte by byte")
        return
    out.print("the findings are not the pack's:")
    for entry in again.differences.findings:
        out.print(f"  {entry.kind}: {entry.finding.rule} {entry.finding.observation}", markup=False, soft_wrap=True)
    if not again.differences.findings:
        out.print("  the same findings in other words or with other evidence")


def _safe(text: str) -> str:
    return visible(text).replace("[", r"\[")
