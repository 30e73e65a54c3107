"""audit(): label everything, ask every rule, and count what could not be judged. Pure and repeatable."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from classifiers.claims import judge_claims
from classifiers.cnames import disguises, hosts_of_the_site
from classifiers.coverage import cover
from classifiers.declaration import Declaration
from classifiers.declared import DeclarationIndex
from classifiers.entities import Entities
from classifiers.evidence import Evidence, Seen
from classifiers.findings import Audit, Finding, Outcome, Place, Undecided, Verdict, VerdictKind
from classifiers.gaps import gaps
from classifiers.inventory import inventory
from classifiers.label import Labeller, cascade
from classifiers.lists.loaded import Lists
from classifiers.mails import Mail
from classifiers.parties import registrable_domain
from classifiers.rules import RULES
from classifiers.rules.base import Rule
from classifiers.rules.severity import PROFILES
from classifiers.states import ANY
from classifiers.tagplan.plan import TagPlan
from classifiers.traces import Trace, trace_of
from classifiers.vendors import Catalogue
from crawler.observations import NameValue
from crawler.visits import Scan, Visit


def audit(
    scan: Scan,
    visits: Sequence[Visit],
    *,
    declaration: Declaration | None,
    catalogue: Catalogue,
    judged_at: datetime,
    profile: str = "eu",
    lists: Lists | None = None,
    plan: TagPlan | None = None,
    environment: str | None = None,
    mails: Sequence[Mail] = (),
    rules: Sequence[type[Rule]] = RULES,
) -> Audit:
    """Judges a stored scan. Equal inputs give equal audits. Raises ValueError for an unknown profile.

    `environment`: whose accounts the tag plan allows; None: told by the pages. `mails`: samples of what the service
    sends. `rules`: those to ask.
    """
    if profile not in PROFILES:
        raise ValueError(f"unknown profile {profile!r}; accepted: {', '.join(PROFILES)}")
    visits = sorted(visits, key=lambda visit: (visit.scenario, visit.run, visit.url, visit.id))
    evidence = gather(
        scan,
        visits,
        declaration=declaration,
        catalogue=catalogue,
        profile=profile,
        lists=lists,
        judged_at=judged_at,
        mails=mails,
    )
    if plan is not None:
        from classifiers.tagplan.har import told_from_outside  # most scans are judged without a plan
        from classifiers.tagplan.judge import judge_plan

        evidence.tags = judge_plan(
            plan,
            visits,
            catalogue=catalogue,
            proved=lambda visit, consent: told_from_outside(visit) or evidence.confirmed(visit, consent) is not None,
            environment=environment,
        )
    findings: list[Finding] = []
    undecided: list[Undecided] = []
    verdicts: list[Verdict] = []
    for kind in rules:
        evidence.earlier = tuple(findings)
        found, open_questions, judged = _ask(kind(), evidence)
        findings += found
        undecided += open_questions
        verdicts += judged
    return Audit(
        scan=scan,
        judged_with=(
            *_judged_with(declaration, catalogue, profile),
            *(version.told() for version in (lists or Lists()).versions),
            *(mail.told() for mail in mails),
        ),
        site=evidence.site,
        profile=profile,
        declaration=declaration.place if declaration else None,
        findings=tuple(sorted(findings, key=_worst_first)),
        undecided=tuple(undecided),
        verdicts=tuple(verdicts),
        items=inventory(evidence),
        claims=judge_claims(evidence, findings=findings, verdicts=verdicts),
        coverage=cover(scan, visits),
        tags=evidence.tags,
        visits=tuple(visits),
        judged_at=judged_at,
    )


def gather(
    scan: Scan,
    visits: Sequence[Visit],
    *,
    declaration: Declaration | None,
    catalogue: Catalogue,
    profile: str,
    lists: Lists | None = None,
    judged_at: datetime | None = None,
    mails: Sequence[Mail] = (),
) -> Evidence:
    """Labels every sighting and holds it against the declaration."""
    index = DeclarationIndex(declaration)
    own = tuple(dict.fromkeys(registrable_domain(url) for url in scan.urls))
    affiliates = (*own, *(declaration.affiliates if declaration else ()))
    lists = lists or Lists()
    entities = Entities(catalogue, lists.owners)
    disguised = disguises(
        scan.cnames,
        entities=entities,
        targets=lists.cname_targets,
        listed=lists.disguised,
        hosts=hosts_of_the_site(scan, visits),
    )
    asked = cascade(index, catalogue, affiliates=affiliates, lists=lists, chains=scan.cnames, disguises=disguised)
    labeller = Labeller(asked, affiliates=affiliates)
    seen = []
    keys: dict[Trace, tuple[str, str, str]] = {}
    for visit in visits:
        page = visit.final_url or visit.url
        for sighting in visit.sightings():
            trace = trace_of(sighting)
            if trace is None:
                continue
            label = labeller.label(sighting, page=page, trace=trace)
            match = index.match(trace, purpose=label.purpose, party=label.party)
            place = (visit.scenario, visit.run, visit.url, sighting.order, sighting.id)
            if trace not in keys:
                keys[trace] = trace.key
            seen.append(Seen(visit, sighting, label, trace, match, keys[trace], f"{visit.id}/{sighting.id}", place))
    return Evidence(
        scan=scan,
        visits=visits,
        seen=seen,
        declaration=index,
        catalogue=catalogue,
        profile=profile,
        entities=entities,
        lists=lists.versions,
        oldest_list_days=lists.max_age_days,
        judged_at=judged_at,
        disguises=disguised,
        sources=asked,
        tcf_vendors=lists.tcf_vendors,
        mails=mails,
    )


def _ask(rule: Rule, evidence: Evidence) -> tuple[list[Finding], list[Undecided], list[Verdict]]:
    why_not = rule.not_applicable(evidence)
    if why_not is not None:
        return [], [], [_verdict(rule, state, VerdictKind.NOT_APPLICABLE, why_not) for state in _states(rule)]
    findings: list[Finding] = []
    undecided: list[Undecided] = [] if rule.states_limit else list(gaps(rule, evidence))
    for result in rule.check(evidence):
        if isinstance(result, Finding):
            findings.append(result)
        else:
            undecided.append(result)
    return findings, undecided, [_judge(rule, state, findings, undecided, evidence) for state in _states(rule)]


def _states(rule: Rule) -> tuple[str | None, ...]:
    return rule.scenarios or (None,)


def _judge(
    rule: Rule, state: str | None, findings: Sequence[Finding], undecided: Sequence[Undecided], evidence: Evidence
) -> Verdict:
    of_state = [f for f in findings if state is None or f.scenario in (state, ANY)]
    open_here = [u for u in undecided if state is None or u.scenario in (state, None)]
    outcomes = {finding.outcome for finding in of_state}
    count = len(of_state)
    if Outcome.FAIL in outcomes:
        return _verdict(rule, state, VerdictKind.FAIL, of_state[0].observation, count)
    if Outcome.REVIEW in outcomes:
        return _verdict(rule, state, VerdictKind.REVIEW, of_state[0].observation, count)
    if open_here:
        more = f" ({len(open_here)} reasons)" if len(open_here) > 1 else ""
        return _verdict(rule, state, VerdictKind.UNDECIDED, f"{open_here[0].why}{more}", count)
    if rule.states_limit:
        sentence = of_state[0].observation if of_state else f"{rule.passed}."
        return _verdict(rule, state, VerdictKind.NOT_APPLICABLE, sentence, count)
    extent = rule.looked_at(evidence) or _looked_at(state, evidence)
    return _verdict(rule, state, VerdictKind.PASS, f"{rule.passed}{extent}.", count)


def _verdict(rule: Rule, state: str | None, kind: VerdictKind, sentence: str, findings: int = 0) -> Verdict:
    return Verdict(rule=rule.id, title=rule.title(), scenario=state, kind=kind, sentence=sentence, findings=findings)


def _looked_at(state: str | None, evidence: Evidence) -> str:
    """` on 3 pages under `silent`, 1 run, watched for 2.1 to 4.0 s`: the extent of what a pass rests on."""
    visits = evidence.visits_in(state)
    pages = len({visit.url for visit in visits})
    runs = len({visit.run for visit in visits})
    shortest, longest = min(v.duration for v in visits), max(v.duration for v in visits)
    scenarios = ", ".join(f"`{name}`" for name in dict.fromkeys(v.scenario for v in visits))
    return (
        f" on {pages} page{'' if pages == 1 else 's'} under {scenarios}, {runs} run{'' if runs == 1 else 's'}, "
        f"watched for {shortest:.1f} to {longest:.1f} s"
    )


def _judged_with(declaration: Declaration | None, catalogue: Catalogue, profile: str) -> tuple[NameValue, ...]:
    used = [
        NameValue(name="profile", value=profile),
        NameValue(name="catalogue", value=catalogue.digest),
        NameValue(name="rules", value=str(len(RULES))),
    ]
    if declaration is not None:
        where = declaration.place or Place(file="declaration")
        used.append(NameValue(name="declaration", value=where.file))
        used.append(NameValue(name="declared_items", value=str(len(declaration.items))))
        if declaration.source is not None and declaration.source.sha256:
            used.append(NameValue(name="policy_sha256", value=declaration.source.sha256))
    return tuple(used)


def _worst_first(finding: Finding) -> tuple[int, str, str, str, str, str]:
    subject = finding.subject
    return (-finding.severity.rank, finding.rule, finding.scenario, subject.kind, subject.domain, subject.name)
