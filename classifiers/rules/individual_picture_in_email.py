"""BCN-004."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Outcome, Place, Severity, Subject, Undecided
from classifiers.mails import Mail, RemotePicture
from classifiers.parties import registrable_domain
from classifiers.rules.base import Rule

_Copies = Mapping[tuple[str, str], Sequence[tuple[Mail, RemotePicture]]]
"""Campaign and template → the pictures, each with its mail."""
_Mutable = dict[tuple[str, str], list[tuple[Mail, RemotePicture]]]


class IndividualPictureInEmail(Rule):
    """An e-mail holds a remote picture whose address is one recipient's own.

    Why it matters: fetching it tells the sender that, when and where this recipient opened the message [G2-23 V2];
    measuring that for each recipient needs consent, a rate over all of them may not [C042 V2].

    Fix: let the mailing service count openings for all recipients together or not at all, or ask each recipient first.
    """

    id = "BCN-004"
    severity = Severity.MEDIUM
    by_label = False
    passed = "No remote picture with an address of one recipient's own was observed"

    def not_applicable(self, evidence: Evidence) -> str | None:
        return None if evidence.mails else "No sample of an e-mail was given; `mails` in consentinel.yaml names them."

    def looked_at(self, evidence: Evidence) -> str:
        return f" in {_samples(len(evidence.mails))} of e-mails"

    def check(self, evidence: Evidence) -> Iterator[Finding | Undecided]:
        for mail in evidence.mails:
            if mail.unread:
                why = f"The sample {mail.file} could not be looked into: {mail.unread}."
                yield Undecided(rule=self.id, scenario=None, visit=None, page=None, why=why)
        for (_, template), found in sorted(_copies(evidence.mails).items()):
            if told := _told(found):
                outcome, how = told
                yield self._finding(evidence, template, found, outcome=outcome, how=how)

    def _finding(
        self,
        evidence: Evidence,
        template: str,
        found: Sequence[tuple[Mail, RemotePicture]],
        *,
        outcome: Outcome,
        how: str,
    ) -> Finding:
        mail, picture = next(((m, p) for m, p in found if p.shows_nothing), found[0])
        whose = evidence.entities.name(picture.host)
        return self.finding(
            evidence,
            subject=Subject(kind="mail_picture", name=template, domain=registrable_domain(picture.host), entity=whose),
            outcome=outcome,
            observation=f"{_looks(picture)} from {picture.host}{f' ({whose})' if whose else ''} stands in "
            f"{_samples(len({m.file for m, _ in found}))} of e-mails; {how}. Nothing was fetched.",
            declared_at=Place(file=mail.file, line=picture.line),
            explanations=("The address may differ by campaign or send-out, not by recipient.",),
        )


def _copies(mails: Sequence[Mail]) -> _Copies:
    copies: _Mutable = {}
    files: dict[str, set[str]] = {}
    for mail in mails:
        files.setdefault(mail.campaign, set()).add(mail.file)
        for picture in mail.pictures:
            copies.setdefault((mail.campaign, picture.template), []).append((mail, picture))
    return _joined(copies, {campaign for campaign, of in files.items() if campaign and len(of) > 1})


def _joined(copies: _Mutable, campaigns: Set[str]) -> _Copies:
    """Pictures that show nothing and that one copy alone holds, together with those of the same form in other copies.

    A word in the path can be a recipient's as well (`/open/ada.gif`), and then no two templates are the same.
    """
    alike: dict[tuple[str, str, int, str], list[str]] = {}
    for (campaign, template), found in copies.items():
        alone = len({mail.file for mail, _ in found}) == 1 and all(picture.shows_nothing for _, picture in found)
        if campaign in campaigns and alone:
            names = template.rpartition(" (")[2] if template.endswith(")") else ""
            alike.setdefault((campaign, found[0][1].host, template.count("/"), names), []).append(template)
    joined = dict(copies)
    for (campaign, *_), templates in alike.items():
        if len({copies[campaign, name][0][0].file for name in templates}) > 1:
            joined[campaign, _common(templates)] = [one for name in templates for one in joined.pop((campaign, name))]
    return joined


def _common(templates: Sequence[str]) -> str:
    parts = zip(*(template.split("/") for template in templates), strict=True)
    return "/".join(part[0] if len(set(part)) == 1 else "*" for part in parts)


def _told(found: Sequence[tuple[Mail, RemotePicture]]) -> tuple[Outcome, str] | None:
    """Two copies tell for sure; of one copy only a picture that shows nothing, with a token, says something."""
    by_file: dict[str, set[str]] = {}
    for mail, picture in found:
        by_file.setdefault(mail.file, set()).add(picture.address)
    if len(by_file) > 1:
        shared = set.intersection(*by_file.values())
        own = any(addresses - shared for addresses in by_file.values())
        return (Outcome.FAIL, f"its address differs between the copies{_where(found)}") if own else None
    pixels = [picture for _, picture in found if picture.shows_nothing and picture.tokens]
    if not pixels:
        return None
    return Outcome.REVIEW, f"its address holds a token in {', '.join(pixels[0].tokens)}, and no second copy was given"


def _where(found: Sequence[tuple[Mail, RemotePicture]]) -> str:
    names = sorted({name for _, picture in found for name in picture.tokens})
    return f" (in {', '.join(names)})" if names else ""


def _looks(picture: RemotePicture) -> str:
    if picture.hidden:
        return "A hidden remote picture"
    return (
        f"A remote picture of {picture.width} x {picture.height} pixels"
        if picture.shows_nothing
        else "A remote picture"
    )


def _samples(count: int) -> str:
    return f"{count} sample{'' if count == 1 else 's'}"
