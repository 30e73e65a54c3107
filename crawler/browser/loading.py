"""Loads a file beside the page: the browser asks, with its own proxy, cookies and names, and the record stays clean."""

from __future__ import annotations

import base64
import logging
from typing import Final

from crawler.browser.cdp import CommandError
from crawler.browser.watch import Watch

log = logging.getLogger(__name__)

_CHUNK: Final = 1_000_000
"""Bytes."""


async def load(watch: Watch, url: str, *, largest: int, credentials: bool) -> bytes | None:
    """None: it is not there, or larger than `largest` bytes."""
    session = watch.main
    if session is None or not url.startswith("http"):
        return None
    tap = watch.scene.tap
    asked = {"frameId": session.main_frame or session.target_id, "url": url}
    options = {"disableCache": False, "includeCredentials": credentials}
    try:
        answer = await tap.command("Network.loadNetworkResource", {**asked, "options": options}, session=session)
        got = answer["resource"]
        if not got["success"] or got.get("httpStatusCode") != 200:
            return None
        parts, size, ended = [], 0, False
        while not ended and size <= largest:
            read = await tap.command("IO.read", {"handle": got["stream"], "size": _CHUNK}, session=session)
            part = base64.b64decode(read["data"]) if read.get("base64Encoded") else read["data"].encode()
            parts.append(part)
            size, ended = size + len(part), read["eof"]
        await tap.command("IO.close", {"handle": got["stream"]}, session=session)
    except CommandError as error:
        log.debug("loading %s: %s", url, error)
        return None
    return b"".join(parts) if ended else None
