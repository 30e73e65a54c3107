"""Our own YAML: a declaration or lock file, taken as it is."""

from __future__ import annotations

import re

from classifiers.declaration import parse_declaration
from classifiers.importers.base import Imported, Importer, Material


class OwnYaml(Importer):
    format = "yaml"
    title = "Our own declaration or lock file"
    accepts = "YAML that begins with `schema: tracker-declaration/1`"

    def recognises(self, material: Material) -> bool:
        return re.search(r"^schema:\s*tracker-declaration/", material.text, re.MULTILINE) is not None

    def read(self, material: Material) -> Imported:
        return Imported(declaration=parse_declaration(material.text, name=material.name))
