"""`consentinel schema`: JSON Schemas of the files people edit and machines read, for editors and validators."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

import orjson
import typer
from pydantic import BaseModel

from classifiers.declaration import declaration_schema
from classifiers.tagplan.plan import TagPlan
from classifiers.vendor_records import Vendor
from consentinel.config import Configuration
from reports.to_json import schema as audit_schema
from reports.waivers import Waiver


class Kind(StrEnum):
    CONFIGURATION = "configuration"
    DECLARATION = "declaration"
    VENDOR = "vendor"
    WAIVER = "waiver"
    TAG_PLAN = "tag-plan"
    AUDIT = "audit"


def _of(model: type[BaseModel]) -> Callable[[], str]:
    return lambda: orjson.dumps(model.model_json_schema(), option=orjson.OPT_INDENT_2).decode() + "\n"


SCHEMAS: dict[Kind, Callable[[], str]] = {
    Kind.CONFIGURATION: _of(Configuration),
    Kind.DECLARATION: declaration_schema,
    Kind.VENDOR: _of(Vendor),
    Kind.WAIVER: _of(Waiver),
    Kind.TAG_PLAN: _of(TagPlan),
    Kind.AUDIT: audit_schema,
}


def schema(
    kind: Annotated[Kind, typer.Argument(help="Which file: configuration is consentinel.yaml.")] = Kind.CONFIGURATION,
) -> None:
    """Print a JSON Schema, so that an editor completes and checks the file."""
    sys.stdout.write(SCHEMAS[kind]())
