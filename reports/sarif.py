"""The part of SARIF 2.1.0 (OASIS) that is written, as records; names follow the standard, in camel case outside."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from crawler.observations import Record

SCHEMA_URI = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

Level = Literal["none", "note", "warning", "error"]
Kind = Literal["pass", "open", "informational", "notApplicable", "review", "fail"]


class SarifRecord(Record):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Message(SarifRecord):
    text: str


class ArtifactLocation(SarifRecord):
    uri: str
    uri_base_id: str | None = "%SRCROOT%"


class Region(SarifRecord):
    start_line: int
    snippet: Message | None = None


class PhysicalLocation(SarifRecord):
    artifact_location: ArtifactLocation
    region: Region


class LogicalLocation(SarifRecord):
    fully_qualified_name: str
    kind: str


class Location(SarifRecord):
    physical_location: PhysicalLocation
    logical_locations: tuple[LogicalLocation, ...] | None = None


class ThreadFlowLocation(SarifRecord):
    location: FlowPoint


class FlowPoint(SarifRecord):
    message: Message


class ThreadFlow(SarifRecord):
    locations: tuple[ThreadFlowLocation, ...]


class CodeFlow(SarifRecord):
    """The blame chain, outermost first."""

    thread_flows: tuple[ThreadFlow, ...]


class Suppression(SarifRecord):
    kind: Literal["external"] = "external"
    status: Literal["accepted", "rejected"]
    justification: str
    properties: dict[str, str]
    """Expiry and owner: SARIF 2.1.0 has no field for them."""


class Configuration(SarifRecord):
    level: Level


class RuleProperties(SarifRecord):
    tags: tuple[str, ...] = ()
    security_severity: str | None = Field(None, alias="security-severity")
    """GitHub sorts by it."""


class ReportingDescriptor(SarifRecord):
    id: str
    short_description: Message
    full_description: Message
    help: Message
    help_uri: str | None = None
    default_configuration: Configuration
    properties: RuleProperties


class ResultProperties(SarifRecord):
    severity: str
    scenario: str | None = None
    site: str
    pages: tuple[str, ...] = ()
    confidence: str | None = None
    runs: str | None = None
    """`k of N`."""
    evidence: tuple[str, ...] = ()
    first_seen: str | None = None


class Result(SarifRecord):
    rule_id: str
    rule_index: int
    kind: Kind
    level: Level
    message: Message
    locations: tuple[Location, ...]
    code_flows: tuple[CodeFlow, ...] | None = None
    partial_fingerprints: dict[str, str]
    baseline_state: Literal["new", "unchanged"] | None = None
    suppressions: tuple[Suppression, ...] | None = None
    properties: ResultProperties


class Notification(SarifRecord):
    level: Level
    message: Message


class Invocation(SarifRecord):
    execution_successful: bool
    exit_code: int
    exit_code_description: str
    start_time_utc: str
    end_time_utc: str
    tool_execution_notifications: tuple[Notification, ...] = ()
    tool_configuration_notifications: tuple[Notification, ...] = ()


class Driver(SarifRecord):
    name: str = "Consentinel"
    version: str
    rules: tuple[ReportingDescriptor, ...]


class Tool(SarifRecord):
    driver: Driver


class AutomationDetails(SarifRecord):
    id: str


class Run(SarifRecord):
    tool: Tool
    invocations: tuple[Invocation, ...]
    results: tuple[Result, ...]
    automation_details: AutomationDetails
    column_kind: Literal["utf16CodeUnits", "unicodeCodePoints"] = "unicodeCodePoints"


class Log(SarifRecord):
    schema_uri: str = Field(SCHEMA_URI, alias="$schema")
    version: Literal["2.1.0"] = "2.1.0"
    runs: tuple[Run, ...]


ThreadFlowLocation.model_rebuild()
