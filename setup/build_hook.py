"""Stops a wheel from being built without the npm packages it must carry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CarriesItsPackages(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  (hatchling's signature)
        if version == "editable":  # installed before the packages are fetched; `make setup` fetches them next
            return
        root = Path(self.root)
        wanted = json.loads((root / "package.json").read_text("utf-8"))["consentinel"]["assets"]
        missing = [
            name
            for folder, packages in wanted.items()
            for name in packages
            if not (root / folder / name.rpartition("/")[2] / "package.json").is_file()
        ]
        if missing:
            raise FileNotFoundError(f"{', '.join(missing)} not fetched yet: run `make setup`, then build again")
