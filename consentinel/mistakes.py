"""The errors of all layers that a person can put right: each carries a sentence with place and fix."""

from __future__ import annotations

from classifiers.decode_har import HarError
from classifiers.lists.records import ListError
from classifiers.vendor_files import CatalogueError
from classifiers.yaml_source import SourceError
from consentinel.evidence.errors import PackError
from crawler.addresses import UrlError
from crawler.browser.found import BrowserMissing
from crawler.frontier.journal import JobError
from crawler.scenarios import ScenarioError
from crawler.store import StoreError
from reports.baseline import BaselineError
from reports.to_json import DocumentError

USER_ERRORS = (
    SourceError,
    CatalogueError,
    StoreError,
    BrowserMissing,
    JobError,
    UrlError,
    ScenarioError,
    HarError,
    ListError,
    PackError,
    BaselineError,
    DocumentError,
)
