"""Whether a visit saw the page that was asked for at all."""

from __future__ import annotations

from crawler.visits import ProblemKind, Visit, VisitStatus

NOT_THE_PAGE = frozenset(
    {
        ProblemKind.UNREACHABLE,
        ProblemKind.CERTIFICATE,
        ProblemKind.HTTP_ERROR,
        ProblemKind.EMPTY,
        ProblemKind.DOWNLOAD,
        ProblemKind.REDIRECT_LOOP,
        ProblemKind.OFF_SITE,
        ProblemKind.TIMEOUT,
        ProblemKind.CRASH,
        ProblemKind.CHALLENGE,
        ProblemKind.ROBOTS,
    }
)
"""Something else than the page that was asked for was seen, or only the beginning of it."""


def page_not_seen(visit: Visit) -> str | None:
    """Why the visit says nothing at all about its page; None: the page was seen."""
    for problem in visit.problems:
        if problem.kind in NOT_THE_PAGE:
            return f"The page was not seen ({problem.kind.value}): {problem.message}"
    if visit.status is VisitStatus.FAILED:
        return "The page was not seen, and the visit does not say why."
    return None
