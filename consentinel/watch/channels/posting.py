"""One HTTP POST without redirects, and what its answer says about trying again."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Mapping
from email.message import Message as Headers
from typing import IO
from urllib.parse import urlsplit

from consentinel import __version__
from consentinel.watch.channels.base import CAP, DeliveryError

AGAIN = {408, 409, 423, 425, 429}
"""Refusals that pass; all other 4xx say that the request itself is wrong."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Headers, newurl: str
    ) -> None:
        """A signed body goes where the configuration says, nowhere else."""
        del req, fp, code, msg, headers, newurl


_OPENER = urllib.request.build_opener(_NoRedirects)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Raises DeliveryError. Its sentence names the host only: paths of incoming webhooks are secrets."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise DeliveryError("the address in the environment variable is no http(s) address", again=False)
    told = {"Content-Type": "application/json", "User-Agent": f"consentinel/{__version__}", **headers}
    request = urllib.request.Request(url, data=body, headers=told, method="POST")
    try:
        with _OPENER.open(request, timeout=CAP):
            return
    except urllib.error.HTTPError as error:
        with error:
            again = error.code >= 500 or error.code in AGAIN
            after = _seconds(error.headers.get("Retry-After"))
            raise DeliveryError(f"{parts.hostname} answered {error.code}", again=again, after=after) from error
    except urllib.error.URLError as error:
        raise DeliveryError(f"{parts.hostname}: {error.reason}", again=True) from error
    except (OSError, http.client.HTTPException) as error:
        raise DeliveryError(f"{parts.hostname}: {error or type(error).__name__}", again=True) from error


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isdigit() else None
