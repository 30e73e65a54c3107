"""JSON for machines: the whole audit with the gate's word, in a versioned document with a published schema."""

from __future__ import annotations

from typing import Literal

import orjson
from pydantic import ValidationError

from classifiers.findings import Audit
from crawler.observations import Record
from reports.base import Reporter
from reports.differences import Differences
from reports.gate import GateResult
from reports.neutral import json_safe
from reports.standing import WaiverUse, waiver_uses

VERSION: Literal["1"] = "1"


class Document(Record):
    """`version` changes when a field is removed or changes its meaning; new fields may come at any time."""

    format: Literal["consentinel-audit"] = "consentinel-audit"
    version: Literal["1"] = VERSION
    gate: GateResult
    waivers: tuple[WaiverUse, ...] = ()
    change: Differences | None = None
    audit: Audit


class DocumentError(ValueError):
    """Not an audit that this version can read."""


class ToJson(Reporter):
    format = "json"
    filename = "audit.json"

    def render(self, audit: Audit) -> str:
        document = Document(
            gate=self.context.gate(audit),
            waivers=waiver_uses(audit, self.context.waivers),
            change=self.context.change,
            audit=audit,
        )
        return json_safe(document.model_dump_json(indent=2)) + "\n"


def schema() -> str:
    """The JSON Schema (2020-12) of the document, as text."""
    plain = Document.model_json_schema(mode="serialization")
    plain["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode() + "\n"


def read_document(text: str, *, file: str) -> Document:
    """For comparing two saved audits. Raises DocumentError with the first fault."""
    try:
        return Document.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DocumentError(f"{file}: {where or 'document'}: {first['msg']}") from error
