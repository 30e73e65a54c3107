"""Contents of answers, kept as evidence: in files named by their digest, so that each is kept once."""

from __future__ import annotations

import base64
from hashlib import sha256
from pathlib import Path

from crawler.browser.cdp import CommandError, Session
from crawler.browser.exchanges import Hop
from crawler.browser.tap import Tap


async def read_content(tap: Tap, hop: Hop, session: Session) -> bytes | None:
    """None: the target navigated away meanwhile, or keeps it to itself; then it is not known."""
    try:
        got = await tap.command("Network.getResponseBody", {"requestId": hop.request}, session=session)
    except CommandError:
        return None
    text: str = got["body"]
    return base64.b64decode(text) if got["base64Encoded"] else text.encode("utf-8", "surrogatepass")


def keep(content: bytes, folder: Path) -> str:
    """Returns the name. Raises OSError."""
    name = sha256(content).hexdigest()
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return name
