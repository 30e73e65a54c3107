"""Which line of the plan a hit belongs to, and what it is where it belongs to none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from classifiers.tagplan.globs import fits, named
from classifiers.tagplan.plan import Fires, PlannedTag, TagPlan
from classifiers.tagplan.records import FaultKind, TagHit, TagStep


@dataclass(frozen=True)
class Misfit:
    """A hit that no line of the plan foresees here."""

    kind: FaultKind
    tag: PlannedTag | None
    """The line that comes nearest."""
    why: str


class Matcher:
    def __init__(self, plan: TagPlan, environment: str | None) -> None:
        self._environment = environment
        self._ignored = frozenset(plan.ignore)
        self._by_vendor: dict[str, list[PlannedTag]] = {}
        for tag in plan.tags:
            self._by_vendor.setdefault(tag.vendor, []).append(tag)

    def match(self, hit: TagHit, step: TagStep) -> PlannedTag | Misfit | None:
        """None: no business of this plan (no event, or a vendor that it ignores)."""
        lines = [tag for tag in self._by_vendor.get(hit.vendor, ()) if hit.kind in tag.kinds]
        if hit.vendor in self._ignored or (not lines and not hit.fires):
            return None
        if not lines:
            return Misfit(FaultKind.UNPLANNED, None, "the plan names no tag of this vendor")
        mine = [tag for tag in lines if self._allows(tag, hit.account)]
        if not mine:
            return Misfit(FaultKind.WRONG_ID, self._nearest(lines, hit), self._whose(lines, hit.account))
        mine_with_event = [tag for tag in mine if not tag.events or named(hit.event, tag.events)]
        if not mine_with_event:
            return Misfit(FaultKind.UNPLANNED, mine[0], f"the plan names no event {hit.event!r} of this tag")
        return self._here(mine_with_event, step)

    def _here(self, lines: Sequence[PlannedTag], step: TagStep) -> PlannedTag | Misfit:
        fitting = [tag for tag in lines if fits(step.page, tag.pages)]
        if not fitting:
            return Misfit(FaultKind.UNPLANNED, lines[0], "the plan does not foresee it on this page")
        free = [tag for tag in fitting if not fits(step.page, tag.exclude)]
        if not free:
            return Misfit(FaultKind.EXCLUDED, fitting[0], "the plan excludes this page")
        kept = [tag for tag in free if not named(step.name, tag.exclude_steps)]
        if not kept:
            return Misfit(FaultKind.EXCLUDED, free[0], f"the plan excludes the step {step.name!r}")
        stepped = [tag for tag in kept if not tag.steps or named(step.name, tag.steps)]
        if not stepped:
            return Misfit(FaultKind.UNPLANNED, kept[0], f"the plan does not foresee it in the step {step.name!r}")
        willing = [tag for tag in stepped if tag.expects(step.state) is not Fires.NONE]
        if not willing:
            return Misfit(FaultKind.UNPLANNED, stepped[0], f"the plan says that it does not fire under `{step.state}`")
        # The line that says most about where is the one meant.
        return max(willing, key=lambda tag: (bool(tag.steps), bool(tag.events), tag.pages != ("/**",)))

    def _allows(self, tag: PlannedTag, account: str | None) -> bool:
        allowed = tag.allowed(self._environment)
        return allowed is None or account in allowed

    def _nearest(self, lines: Sequence[PlannedTag], hit: TagHit) -> PlannedTag:
        return next((tag for tag in lines if not tag.events or named(hit.event, tag.events)), lines[0])

    def _whose(self, lines: Sequence[PlannedTag], account: str | None) -> str:
        for tag in lines:
            for environment, ids in tag.account.items():
                if account in ids:
                    return f"this id is planned for `{environment}`, not for `{self._environment or 'no environment'}`"
        planned = sorted({one for tag in lines for one in tag.allowed(self._environment) or ()})
        return f"the plan allows {', '.join(planned) or 'no id in this environment'}"
