"""The tables of the scan file, as migrations. A table that has been released is only ever changed by a new one."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database, Migrations

APPLICATION_ID = 0x434E5354
"""`CNST` in the SQLite header: how we and `file` know the file as ours."""

MIGRATION_SET = "consentinel"

_OF_VISIT = "seq INTEGER PRIMARY KEY, visit INTEGER NOT NULL REFERENCES visits(seq) ON DELETE CASCADE"
_OF_SCAN = "seq INTEGER PRIMARY KEY, scan TEXT NOT NULL REFERENCES scans(id) ON DELETE CASCADE"
_SIGHTING = f"""{_OF_VISIT},
    id TEXT NOT NULL, consent TEXT NOT NULL, phase TEXT NOT NULL, arrival INTEGER NOT NULL,
    at REAL NOT NULL, wall TEXT NOT NULL, page TEXT NOT NULL, frame TEXT NOT NULL, target TEXT NOT NULL,
    initiator_kind TEXT, initiator_url TEXT, initiator_line INTEGER, initiator_column INTEGER,
    initiator_stack TEXT, initiator_request TEXT, in_flight INTEGER NOT NULL"""
_VALUE = "value_digest TEXT, value_length INTEGER, value_shape TEXT, value_tokens TEXT, value_raw TEXT"
_CHANNEL = (
    "name TEXT NOT NULL, state TEXT NOT NULL, sees TEXT NOT NULL, "
    "events INTEGER NOT NULL, dropped INTEGER NOT NULL, note TEXT"
)
SIGHTING_TABLES = ("cookies", "storage", "requests", "behaviours", "markup")

_TABLES = f"""
CREATE TABLE scans (
    id TEXT PRIMARY KEY, started TEXT NOT NULL, finished TEXT, urls TEXT NOT NULL, scenarios TEXT NOT NULL,
    runs INTEGER NOT NULL, tool_version TEXT NOT NULL, browser TEXT NOT NULL, browser_path TEXT NOT NULL,
    browser_flags TEXT NOT NULL, cookie_policy TEXT NOT NULL, discovered INTEGER NOT NULL
);
CREATE TABLE settings ({_OF_SCAN}, name TEXT NOT NULL, value TEXT NOT NULL);
CREATE TABLE start_channels ({_OF_SCAN}, {_CHANNEL});
CREATE TABLE skipped ({_OF_SCAN}, url TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TABLE visits (
    {_OF_SCAN},
    id TEXT NOT NULL, url TEXT NOT NULL, final_url TEXT NOT NULL, scenario TEXT NOT NULL, run INTEGER NOT NULL,
    entry INTEGER NOT NULL, title TEXT NOT NULL, http_status INTEGER, started TEXT NOT NULL, duration REAL NOT NULL,
    status TEXT NOT NULL, screenshots TEXT NOT NULL,
    UNIQUE (scan, id)
);
CREATE TABLE problems (
    {_OF_VISIT}, kind TEXT NOT NULL, message TEXT NOT NULL, phase TEXT, collector TEXT, blinds TEXT NOT NULL
);
CREATE TABLE phases (
    {_OF_VISIT}, name TEXT NOT NULL, consent TEXT NOT NULL, begins REAL NOT NULL, ends REAL NOT NULL,
    ended_by TEXT NOT NULL
);
CREATE TABLE choices (
    {_OF_VISIT}, wanted TEXT NOT NULL, status TEXT NOT NULL, found_by TEXT, at REAL, arrival INTEGER,
    tried TEXT NOT NULL, clicks TEXT NOT NULL, witnesses TEXT NOT NULL, why TEXT NOT NULL
);
CREATE TABLE interfaces (
    {_OF_VISIT}, kind TEXT NOT NULL, platform TEXT, text TEXT NOT NULL, controls TEXT NOT NULL,
    blocks_content INTEGER, language TEXT, screenshot TEXT, accessibility TEXT
);
CREATE TABLE channels ({_OF_VISIT}, {_CHANNEL});
CREATE TABLE facts ({_OF_VISIT}, name TEXT NOT NULL, value TEXT NOT NULL);
CREATE TABLE cookies (
    {_SIGHTING},
    operation TEXT NOT NULL, name TEXT NOT NULL, domain TEXT NOT NULL, path TEXT NOT NULL, host_only INTEGER NOT NULL,
    secure INTEGER NOT NULL, http_only INTEGER NOT NULL, same_site TEXT, partitioned INTEGER NOT NULL,
    partition_key TEXT, lifetime_asked REAL, lifetime_kept REAL, {_VALUE}, raw TEXT NOT NULL, seen_in TEXT NOT NULL,
    stored INTEGER, refused_because TEXT NOT NULL, set_by TEXT, request TEXT,
    UNIQUE (visit, id)
);
CREATE TABLE storage (
    {_SIGHTING},
    area TEXT NOT NULL, operation TEXT NOT NULL, origin TEXT NOT NULL, storage_key TEXT, container TEXT,
    key TEXT NOT NULL, size INTEGER NOT NULL, {_VALUE}, seen_in TEXT NOT NULL, how TEXT,
    UNIQUE (visit, id)
);
CREATE TABLE requests (
    {_SIGHTING},
    url TEXT NOT NULL, method TEXT NOT NULL, resource_type TEXT NOT NULL, navigation INTEGER NOT NULL,
    body_size INTEGER NOT NULL, body_digest TEXT, body_fields TEXT NOT NULL, request_headers TEXT NOT NULL,
    response_headers TEXT NOT NULL, cookies TEXT NOT NULL, redirected_from TEXT, redirect_chain TEXT NOT NULL,
    status INTEGER, mime TEXT, response_size INTEGER, pixel TEXT, ip TEXT, from_cache INTEGER NOT NULL,
    from_service_worker INTEGER NOT NULL, failure TEXT, refused_because TEXT NOT NULL, beacon TEXT NOT NULL,
    UNIQUE (visit, id)
);
CREATE TABLE behaviours (
    {_SIGHTING}, behaviour TEXT NOT NULL, calls INTEGER NOT NULL, detail TEXT NOT NULL, UNIQUE (visit, id)
);
CREATE TABLE markup (
    {_SIGHTING}, what TEXT NOT NULL, url TEXT NOT NULL, excerpt TEXT NOT NULL, UNIQUE (visit, id)
);
CREATE INDEX cookies_by_name ON cookies (name, domain);
CREATE INDEX storage_by_key ON storage (key, origin);
CREATE INDEX requests_by_url ON requests (url);
"""
_LISTS = ("problems", "phases", "choices", "interfaces", "channels", "facts")

_VIEWS = """
CREATE VIEW sightings AS
    SELECT visit, arrival, 'cookie' AS kind, consent, phase, in_flight, operation AS what, name, domain AS whose,
        page, frame, initiator_url FROM cookies
    UNION ALL SELECT visit, arrival, 'storage', consent, phase, in_flight, area || ' ' || operation, key, origin,
        page, frame, initiator_url FROM storage
    UNION ALL SELECT visit, arrival, 'request', consent, phase, in_flight, method || ' ' || resource_type, url, ip,
        page, frame, initiator_url FROM requests
    UNION ALL SELECT visit, arrival, 'behaviour', consent, phase, in_flight, behaviour, frame, NULL,
        page, frame, initiator_url FROM behaviours
    UNION ALL SELECT visit, arrival, 'markup', consent, phase, in_flight, what, url, NULL,
        page, frame, initiator_url FROM markup;
CREATE VIEW fired_before_consent AS
    SELECT visits.scan, visits.scenario, visits.run, visits.url AS visited, sightings.* FROM sightings
    JOIN visits ON visits.seq = sightings.visit WHERE sightings.consent = 'undecided'
    ORDER BY visits.seq, sightings.arrival;
CREATE VIEW fired_after_refusal AS
    SELECT visits.scan, visits.scenario, visits.run, visits.url AS visited, sightings.* FROM sightings
    JOIN visits ON visits.seq = sightings.visit
    WHERE sightings.consent IN ('rejected', 'withdrawn') AND NOT sightings.in_flight
    ORDER BY visits.seq, sightings.arrival;
CREATE VIEW cookie_inventory AS
    SELECT visits.scan, cookies.name, cookies.domain, cookies.path,
        count(DISTINCT visits.seq) AS visits, group_concat(DISTINCT cookies.consent) AS consents,
        max(cookies.lifetime_asked) / 86400.0 AS longest_days_asked,
        max(cookies.lifetime_kept) / 86400.0 AS longest_days_kept,
        sum(cookies.stored IS 0) AS refused
    FROM cookies JOIN visits ON visits.seq = cookies.visit
    GROUP BY visits.scan, cookies.name, cookies.domain, cookies.path;
CREATE VIEW unseen AS
    SELECT visits.scan, visits.scenario, visits.run, visits.url AS visited, visits.status, problems.kind,
        problems.message FROM problems JOIN visits ON visits.seq = problems.visit ORDER BY visits.seq;
"""


def _run(db: Database, script: str) -> None:
    # One by one: `executescript` would commit the migration's transaction first.
    for statement in script.split(";\n"):
        if statement.strip():
            db.execute(statement)


def facts_of_a_scan(db: Database) -> None:
    _run(db, _TABLES)
    for table in (*_LISTS, *SIGHTING_TABLES):
        db.execute(f"CREATE INDEX {table}_by_visit ON {table} (visit)")
    for table in SIGHTING_TABLES:
        db.execute(f"CREATE INDEX {table}_by_consent ON {table} (consent)")
    for table in ("settings", "start_channels", "skipped"):
        db.execute(f"CREATE INDEX {table}_by_scan ON {table} (scan)")


def views_for_people(db: Database) -> None:
    _run(db, _VIEWS)


def identifiers_in_requests_and_names_in_the_dns(db: Database) -> None:
    db.execute("ALTER TABLE requests ADD COLUMN carries TEXT")
    db.execute(
        f"CREATE TABLE cnames ({_OF_SCAN}, host TEXT NOT NULL, names TEXT NOT NULL, resolver TEXT NOT NULL, "
        "at TEXT NOT NULL, failure TEXT)"
    )
    db.execute("CREATE INDEX cnames_by_scan ON cnames (scan)")


def more_of_requests_and_links_of_pages(db: Database) -> None:
    db.execute("ALTER TABLE requests ADD COLUMN waited REAL")
    db.execute("ALTER TABLE requests ADD COLUMN lasted REAL")
    db.execute("ALTER TABLE requests ADD COLUMN content TEXT")
    db.execute("ALTER TABLE visits ADD COLUMN links TEXT")
    db.execute("ALTER TABLE visits ADD COLUMN forms TEXT")


def messages_on_streams(db: Database) -> None:
    db.execute("ALTER TABLE requests ADD COLUMN messages TEXT")


_STEPS = (
    facts_of_a_scan,
    views_for_people,
    identifiers_in_requests_and_names_in_the_dns,
    more_of_requests_and_links_of_pages,
    messages_on_streams,
)
KNOWN = tuple(step.__name__ for step in _STEPS)
"""Names of all migrations, oldest first."""


@cache
def migrations() -> Migrations:
    from sqlite_utils import Migrations  # slow to load, and a scan that is only read has no use for it

    every = Migrations(MIGRATION_SET)
    for step in _STEPS:
        every()(step)
    return every
