"""From a stored scan to an audit and what its reports tell: reads the files, so that judging itself is pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from classifiers.audit import audit
from classifiers.declaration import Declaration, read_declaration
from classifiers.findings import Audit
from classifiers.lists.loaded import Lists
from classifiers.lists.shelf import lists_folder
from classifiers.mails import Mail, read_mails
from classifiers.rules import RULES
from classifiers.tagplan.plan import TagPlan
from classifiers.tagplan.reading import read_plan, refuse_unseen_pages
from classifiers.vendors import Catalogue
from consentinel.collecting import uncollected
from consentinel.config import Configuration
from consentinel.terminal import complain
from crawler.store import Store, StoreError
from crawler.visits import Scan, Visit
from reports.baseline import Baseline, parse_baseline
from reports.context import Context
from reports.gate import ExitCode
from reports.standing import stale_waivers
from reports.waivers import Waiver, parse_waivers

STORE_NAME = "scan.sqlite"
EVIDENCE_NAME = "evidence"


@dataclass(frozen=True)
class Yardstick:
    """All that a scan is judged with, read and checked before anything slow begins."""

    configuration: Configuration
    declaration: Declaration | None
    catalogue: Catalogue
    baseline: Baseline | None
    waivers: tuple[Waiver, ...]
    lists: Lists
    plan: TagPlan | None = None
    mails: tuple[Mail, ...] = ()


@uncollected()
def read_yardstick(configuration: Configuration) -> Yardstick:
    """Raises the error of the file that cannot be used."""
    section = configuration.gate
    catalogue = Catalogue.load(*configuration.catalogue)
    return Yardstick(
        configuration=configuration,
        plan=read_plan(configuration.tag_plan, catalogue=catalogue) if configuration.tag_plan else None,
        declaration=read_declaration(configuration.declaration) if configuration.declaration else None,
        catalogue=catalogue,
        mails=read_mails(configuration.mails),
        lists=Lists.load(lists_folder(), max_age_days=configuration.lists.max_age_days)
        if configuration.lists.use
        else Lists(),
        baseline=parse_baseline(_text(section.baseline), file=str(section.baseline)) if section.baseline else None,
        waivers=parse_waivers(
            _text(section.waivers),
            file=str(section.waivers),
            known_rules=[rule.id for rule in RULES],
            waivable_anyway=section.waivable,
        )
        if section.waivers
        else (),
    )


def judge(store: Path, yardstick: Yardstick, *, scan_id: str | None = None) -> tuple[Audit, Context]:
    """With all that reports tell beside the audit."""
    from consentinel.evidence_files import manifest, screenshots  # a gate, which tells none of it, must not wait
    from consentinel.manuals import rule_texts
    from reports.accuracy import measured_accuracy

    judged, context = judge_bare(store, yardstick, scan_id=scan_id)
    evidence = store.parent / EVIDENCE_NAME
    return judged, Context(
        policy=context.policy,
        baseline=context.baseline,
        waivers=context.waivers,
        rules=rule_texts(),
        accuracy=measured_accuracy().rules,
        screenshots=screenshots(evidence, judged.visits),
        manifest=manifest(evidence, judged.visits),
    )


def judge_bare(store: Path, yardstick: Yardstick, *, scan_id: str | None = None) -> tuple[Audit, Context]:
    """With what the gate asks for and nothing else: no picture is read and no evidence file is digested."""
    configuration = yardstick.configuration
    with uncollected():
        scan, visits = read_scan(store, scan_id)
        judged = audit(
            scan,
            visits,
            declaration=yardstick.declaration,
            catalogue=yardstick.catalogue,
            judged_at=datetime.now(UTC),
            profile=configuration.profile,
            plan=yardstick.plan,
            mails=yardstick.mails,
            lists=yardstick.lists,
        )
    if yardstick.plan is not None:
        refuse_unseen_pages(yardstick.plan, judged)
    policy = configuration.gate.policy()
    return judged, Context(policy=policy, baseline=yardstick.baseline, waivers=yardstick.waivers)


def read_scan(store: Path, scan_id: str | None) -> tuple[Scan, tuple[Visit, ...]]:
    """The newest where no id is given. Raises StoreError."""
    with Store.open(store) as opened:
        scan = opened.scan(scan_id)
        return scan, tuple(opened.visits(scan.id))


def exit_code(judged: Audit, context: Context) -> int:
    """The gate's; where that would be a pass, a waiver that covers nothing is a mistake in its file, and is told."""
    code = context.gate(judged).exit_code
    stale = stale_waivers(judged, context.waivers)
    for sentence in stale:
        complain(sentence)
    return ExitCode.WRONG_USE if stale and code == ExitCode.PASSED else code


def store_path(given: Path) -> Path:
    """The scan file that a person means by a file or the folder of an audit. Raises StoreError."""
    path = given / STORE_NAME if given.is_dir() else given
    if not path.exists():
        raise StoreError(f"{path}: there is no scan here; make one with `consentinel audit URL`")
    return path


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
