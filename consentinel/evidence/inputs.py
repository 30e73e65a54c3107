"""What a scan is judged by, as files of the pack: declaration, tag plan, vendor files, baseline, waivers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from classifiers.declaration import read_declaration
from consentinel.config import Configuration
from consentinel.evidence.manifest import Judging
from consentinel.evidence.relocating import declaration_files
from crawler.observations import NameValue


@dataclass(frozen=True)
class Inputs:
    files: Mapping[str, Path]
    """Path inside the pack → file."""
    declaration: str | None
    catalogue: tuple[str, ...]
    baseline: str | None
    waivers: str | None
    tag_plan: str | None

    @property
    def named_in_findings(self) -> dict[str, Path]:
        """Findings tell their lines."""
        return {name: file for name, file in self.files.items() if name.startswith(("declaration/", "tagplan/"))}

    def contents(self) -> dict[str, bytes]:
        return {name: file.read_bytes() for name, file in self.files.items()}

    def judging(
        self,
        configuration: Configuration,
        *,
        mails: tuple[str, ...],
        judged_at: datetime,
        judged_with: tuple[NameValue, ...],
    ) -> Judging:
        """`mails`: the readings of samples, which are no files outside the pack."""
        return Judging(
            profile=configuration.profile,
            declaration=self.declaration,
            catalogue=self.catalogue,
            gate=configuration.gate.policy(),
            baseline=self.baseline,
            waivers=self.waivers,
            waivable=configuration.gate.waivable,
            tag_plan=self.tag_plan,
            mails=mails,
            lists=configuration.lists.use,
            judged_at=judged_at,
            judged_with=judged_with,
        )


def inputs_of(configuration: Configuration) -> Inputs:
    """Raises the error of the file that cannot be used."""
    declared: dict[str, Path] = {}
    if configuration.declaration is not None:
        declared = declaration_files(read_declaration(configuration.declaration), configuration.declaration)
    files = dict(declared)
    catalogue = []
    for number, folder in enumerate(configuration.catalogue, start=1):
        catalogue.append(f"catalogue/{number}")
        files |= {f"catalogue/{number}/{file.name}": file for file in sorted(folder.glob("*.yaml"))}
    gate = configuration.gate
    single = {
        "gate/baseline.json": gate.baseline,
        "gate/waivers.yaml": gate.waivers,
        "tagplan/tagplan.yaml": configuration.tag_plan,
    }
    there = {name: file for name, file in single.items() if file is not None}
    baseline, waivers, plan = (name if name in there else None for name in single)
    return Inputs(
        files=files | there,
        declaration=next(iter(declared), None),
        catalogue=tuple(catalogue),
        baseline=baseline,
        waivers=waivers,
        tag_plan=plan,
    )
