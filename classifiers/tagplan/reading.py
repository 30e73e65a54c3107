"""Reading tagplan.yaml, and holding its names against what exists: vendors, tags, pages that were scanned."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from classifiers.findings import Audit
from classifiers.place import Place
from classifiers.tagplan.counting import CONSENT_DEFAULT
from classifiers.tagplan.globs import fits, nearest
from classifiers.tagplan.plan import ANYWHERE, TagPlan
from classifiers.vendors import Catalogue
from classifiers.yaml_source import SourceError, parse_yaml, read_yaml


class TagPlanError(SourceError):
    """The plan cannot be used as it stands: one sentence per fault, with file, line and a suggestion."""


def read_plan(path: Path, *, catalogue: Catalogue) -> TagPlan:
    """Raises TagPlanError."""
    try:
        plan = read_yaml(path, TagPlan, what="tag plan")
    except SourceError as error:
        raise TagPlanError(error.faults) from error
    return _checked(_from_folder(plan, path.parent), catalogue)


def parse_plan(text: str, *, name: str, catalogue: Catalogue) -> TagPlan:
    """As `read_plan`, for a text."""
    try:
        return _checked(parse_yaml(text, TagPlan, name=name, what="tag plan"), catalogue)
    except TagPlanError:
        raise
    except SourceError as error:
        raise TagPlanError(error.faults) from error


def check_pages(plan: TagPlan, pages: Iterable[str], *, environment: str | None = None) -> None:
    """Globs that fit no scanned page are mistakes, or the scan did not go there: either way nothing was tested."""
    scanned = sorted(set(pages))
    faults = []
    for what, place, globs in _globs(plan):
        faults += [
            f"{_at(place)}: {what}: {glob!r} fits no scanned page{nearest(glob, scanned)}"
            for glob in globs
            if not any(fits(page, (glob,)) for page in scanned)
        ]
    known = ({name for tag in plan.tags for name in tag.account} | set(plan.environments)) - {ANYWHERE}
    if environment is not None and environment not in known:
        faults.append(f"--environment: {environment!r} is not in the plan{_near(environment, known)}")
    if faults:
        raise TagPlanError(faults)


def refuse_unseen_pages(plan: TagPlan, judged: Audit, *, environment: str | None = None) -> None:
    """A scan that saw no page at all is another trouble, which the gate tells. Raises TagPlanError."""
    pages = {step.page for step in judged.tags.steps} if judged.tags else set()
    if pages:
        check_pages(plan, pages, environment=environment)


def _globs(plan: TagPlan) -> Iterator[tuple[str, Place | None, tuple[str, ...]]]:
    for number, tag in enumerate(plan.tags):
        yield f"tags[{number}].pages", tag.place, tag.pages
        yield f"tags[{number}].exclude", tag.place, tag.exclude
    for number, entry in enumerate(plan.data_layer):
        yield f"data_layer[{number}].pages", entry.place, entry.pages


def _checked(plan: TagPlan, catalogue: Catalogue) -> TagPlan:
    faults = [*_vendor_faults(plan, catalogue), *_id_faults(plan), *_environment_faults(plan)]
    if faults:
        raise TagPlanError(faults)
    return plan


def _vendor_faults(plan: TagPlan, catalogue: Catalogue) -> Iterator[str]:
    asked = [(f"tags[{number}].vendor", tag.place, tag.vendor) for number, tag in enumerate(plan.tags)]
    asked += [(f"containers[{number}].vendor", one.place, one.vendor) for number, one in enumerate(plan.containers)]
    asked += [("ignore", plan.place, vendor) for vendor in plan.ignore]
    for what, place, vendor in asked:
        if vendor not in catalogue.vendors:
            yield f"{_at(place)}: {what}: no vendor {vendor!r} in the catalogue{_near_vendor(vendor, catalogue)}"


def _near_vendor(given: str, catalogue: Catalogue) -> str:
    """By spelling, by a word of its id or name, or by its domain: people write `facebook` and `bing_uet`."""
    names = {vendor.name.casefold(): vendor.id for vendor in catalogue.vendors.values()}
    wanted = given.casefold()
    ids = [one for one in catalogue.vendors if one.startswith(wanted) or wanted.startswith(one)]
    ids += difflib.get_close_matches(wanted, list(catalogue.vendors), n=3, cutoff=0.6)
    ids += [names[near] for near in difflib.get_close_matches(wanted.replace("_", " "), list(names), n=3, cutoff=0.6)]
    words = {word for word in _words(wanted) if len(word) > 2}
    shared = {
        vendor.id: len(words & {word for text in (vendor.id, vendor.name, *vendor.domains) for word in _words(text)})
        for vendor in catalogue.vendors.values()
    }
    ids += sorted((one for one, count in shared.items() if count), key=lambda one: (-shared[one], one))
    close = list(dict.fromkeys(ids))[:3]
    return (
        f" (did you mean {' or '.join(repr(one) for one in close)}?)" if close else "; see `consentinel tags vendors`"
    )


def _words(text: str) -> list[str]:
    return re.split(r"[\W_]+", text.casefold())


def _id_faults(plan: TagPlan) -> Iterator[str]:
    seen: dict[str, Place | None] = {}
    ids = {tag.id for tag in plan.tags}
    for number, tag in enumerate(plan.tags):
        if tag.id in seen:
            yield f"{_at(tag.place)}: tags[{number}].id: {tag.id!r} is also the id of the tag of {_at(seen[tag.id])}"
        seen.setdefault(tag.id, tag.place)
        for before in tag.after:
            if before != CONSENT_DEFAULT and before not in ids:
                yield (
                    f"{_at(tag.place)}: tags[{number}].after: no tag is called {before!r}"
                    f"{_near(before, ids | {CONSENT_DEFAULT})}"
                )


def _environment_faults(plan: TagPlan) -> Iterator[str]:
    for number, tag in enumerate(plan.tags):
        for name in tag.account:
            if name != ANYWHERE and plan.environments and name not in plan.environments:
                yield (
                    f"{_at(tag.place)}: tags[{number}].account: no environment is called {name!r}"
                    f"{_near(name, plan.environments)}"
                )


def _near(given: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = difflib.get_close_matches(given, names, n=1, cutoff=0.5)
    return f"{f' (did you mean {close[0]!r}?)' if close else ''}; accepted: {', '.join(names) or 'none'}"


def _at(place: Place | None) -> str:
    return f"{place.file}:{place.line}" if place else "the plan"


def _from_folder(plan: TagPlan, folder: Path) -> TagPlan:
    """Paths in the file count from the file."""
    return plan.model_copy(
        update={
            "journeys": tuple(
                journey.model_copy(
                    update={
                        name: folder / path.expanduser()
                        for name in ("script", "signed_in")
                        if (path := getattr(journey, name)) is not None
                    }
                )
                for journey in plan.journeys
            )
        }
    )
