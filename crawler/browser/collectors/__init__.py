"""Who collects. A new collector is one file here and one line in the tuple."""

from __future__ import annotations

from crawler.browser import exchanges
from crawler.browser.collectors.base import Collector
from crawler.browser.collectors.behaviours import BehaviourCollector
from crawler.browser.collectors.cookies import CookieCollector
from crawler.browser.collectors.deferred import DeferredCollector
from crawler.browser.collectors.flash import FlashCollector
from crawler.browser.collectors.markup import MarkupCollector
from crawler.browser.collectors.network import NetworkCollector
from crawler.browser.collectors.reports import ReportCollector
from crawler.browser.collectors.storage import StorageCollector

COLLECTORS: tuple[type[Collector], ...] = (
    NetworkCollector,
    CookieCollector,
    StorageCollector,
    BehaviourCollector,
    MarkupCollector,
    FlashCollector,
    ReportCollector,
    DeferredCollector,
)

EVENTS: frozenset[str] = exchanges.EVENTS.union(
    {"Runtime.bindingCalled", "Page.loadEventFired", "Inspector.targetCrashed"},
    *(collector.events for collector in COLLECTORS),
)
"""What the tap reads; the rest is relayed unread."""
