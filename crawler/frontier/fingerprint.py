"""Two requests are the same question only when page, scenario and run agree."""

from __future__ import annotations

import hashlib

from scrapy import Request
from scrapy.utils.request import RequestFingerprinter

from crawler.frontier.errand import errand_of


class VisitFingerprinter(RequestFingerprinter):
    def fingerprint(self, request: Request) -> bytes:
        plain = super().fingerprint(request)
        errand = errand_of(request)
        if errand is None:
            return plain
        return hashlib.sha1(plain + f"{errand.scenario}\0{errand.run}".encode(), usedforsecurity=False).digest()
