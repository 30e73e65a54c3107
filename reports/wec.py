"""The `inspection.json` of the EDPS Website Evidence Collector (2.x) as records: its keys, in its spelling."""

from __future__ import annotations

from datetime import datetime

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from crawler.observations import Record


class WecRecord(Record):
    model_config = ConfigDict(alias_generator=to_camel, serialize_by_alias=True, validate_by_name=True)


class WecSnakeRecord(Record):
    """Half of the format is written one way and half the other."""


class WecStackLine(WecRecord):
    file_name: str
    source: str
    function_name: str | None = None
    line_number: int | None = None
    column_number: int | None = None


class WecLog(WecRecord):
    stack: tuple[WecStackLine, ...]
    type: str | None = None
    timestamp: datetime
    location: str | None = None


class WecCookie(WecRecord):
    name: str
    value: str | None
    """None: not kept."""
    domain: str
    path: str
    expires: float
    """Seconds since 1970; -1 for a session cookie."""
    size: int
    http_only: bool
    secure: bool
    session: bool
    same_site: str | None
    partition_key: str | None
    expires_utc: datetime | None = Field(serialization_alias="expiresUTC")
    expires_days: float | None
    log: WecLog
    first_party_storage: bool


class WecStored(WecRecord):
    value: str | None
    first_party_storage: bool
    log: WecLog


class WecBeacon(WecRecord):
    filter: str
    list_name: str
    query: dict[str, str] | None
    url: str
    log: WecLog
    occurrances: int


class WecHosts(WecRecord):
    first_party: tuple[str, ...] = ()
    third_party: tuple[str, ...] = ()


class WecAllHosts(WecRecord):
    requests: WecHosts
    beacons: WecHosts
    cookies: WecHosts
    local_storage: WecHosts
    links: WecHosts
    content_security_policy: WecHosts


class WecLink(WecSnakeRecord):
    href: str
    inner_text: str
    inner_html: None = None
    """The markup inside a link is not kept."""


class WecLinks(WecRecord):
    first_party: tuple[WecLink, ...] = ()
    third_party: tuple[WecLink, ...] = ()
    social: tuple[WecLink, ...] = ()
    keywords: tuple[WecLink, ...] = ()


class WecForm(WecSnakeRecord):
    id: str
    action: str
    method: str


class WecSocket(WecSnakeRecord):
    timestamp: datetime
    url: str
    messages: tuple[str, ...] = ()
    """Contents of frames are not kept."""


class WecConnection(WecSnakeRecord):
    https_redirect: bool | None
    redirects: tuple[str, ...]
    https_support: bool | None
    https_error: str | None = None
    http_error: str | None = None


class WecVersion(WecSnakeRecord):
    npm: str
    commit: str | None = None


class WecScript(WecSnakeRecord):
    host: str | None = None
    version: WecVersion
    config: dict[str, str]
    cmd_args: str
    environment: dict[str, str] = Field(default_factory=dict)
    node_version: str | None = None


class WecPlatform(WecSnakeRecord):
    name: str | None = None
    version: str | None = None


class WecHeaders(WecSnakeRecord):
    dnt: int


class WecBrowser(WecSnakeRecord):
    name: str
    version: str
    user_agent: str | None
    platform: WecPlatform = WecPlatform()
    extra_headers: WecHeaders
    preset_cookies: dict[str, str] = Field(default_factory=dict)


class WecOrigin(WecSnakeRecord):
    """Ours: what a reader of the format must know about this file."""

    scan: str
    scenario: str
    visits_not_complete: tuple[str, ...]
    problems: tuple[str, ...]
    """What went wrong while looking, in sentences; `task_description` repeats the first ones."""
    not_looked_at: tuple[str, ...]
    """Keys of the format that are empty because nobody looked, not because nothing was there."""


class WecInspection(Record):
    title: str
    task_description: str
    uri_ins: str
    uri_refs: tuple[str, ...]
    uri_dest: str
    uri_redirects: tuple[str, ...]
    secure_connection: WecConnection
    test_ssl_error: None = Field(None, serialization_alias="testSSLError")
    test_ssl_error_output: None = Field(None, serialization_alias="testSSLErrorOutput")
    test_ssl_error_code: None = Field(None, serialization_alias="testSSLErrorCode")
    test_ssl: None = Field(None, serialization_alias="testSSL")
    host: str
    script: WecScript
    local_storage: dict[str, dict[str, WecStored]] = Field(serialization_alias="localStorage")
    cookies: tuple[WecCookie, ...]
    beacons: tuple[WecBeacon, ...]
    links: WecLinks
    unsafe_forms: tuple[WecForm, ...] = Field((), serialization_alias="unsafeForms")
    browser: WecBrowser
    browsing_history: tuple[str, ...]
    hosts: WecAllHosts
    websockets: dict[str, WecSocket]
    start_time: datetime
    end_time: datetime
    websocket_log: dict[str, WecSocket] = Field(serialization_alias="websocketLog")
    consentinel: WecOrigin
