"""What became of opening a page, in words: a site's failure is data."""

from __future__ import annotations

import re
from typing import Final

from crawler.visits import Problem, ProblemKind

_BY_ERROR: Final = (
    (r"ERR_CERT_|ERR_SSL_|ERR_BAD_SSL", ProblemKind.CERTIFICATE),
    (r"ERR_TOO_MANY_REDIRECTS", ProblemKind.REDIRECT_LOOP),
    (r"Download is starting", ProblemKind.DOWNLOAD),
    (r"ERR_EMPTY_RESPONSE", ProblemKind.EMPTY),
    (r"ERR_HTTP_RESPONSE_CODE_FAILURE|ERR_INVALID_AUTH_CREDENTIALS", ProblemKind.HTTP_ERROR),
    (r"ERR_TIMED_OUT|ERR_CONNECTION_TIMED_OUT|Timeout \d+ms exceeded", ProblemKind.TIMEOUT),
    (r"Page crashed|Target crashed", ProblemKind.CRASH),
)
_SENTENCES: Final = {
    ProblemKind.CERTIFICATE: "{url} offers no secure connection that the browser accepts ({code}). Have its "
    "certificate put right, or set `browser.ignore_certificate_errors` for a test site of your own.",
    ProblemKind.REDIRECT_LOOP: "{url} redirects without end ({code}). Check the redirects of the page, and whether "
    "they need a cookie that a first visit does not have.",
    ProblemKind.DOWNLOAD: "{url} is a download, not a page. Leave it out with `crawl.exclude`.",
    ProblemKind.EMPTY: "{url} answered without content.",
    ProblemKind.HTTP_ERROR: "{url} answered with HTTP status {status} instead of a page.",
    ProblemKind.TIMEOUT: "{url} did not answer within {cap:g} s. Is it up? `visit.navigation_cap` sets the time.",
    ProblemKind.CRASH: "The browser's tab crashed while opening {url}.",
}
_UNREACHABLE: Final = (
    (r"ERR_NAME_NOT_RESOLVED", "its name is not known. Check the spelling."),
    (r"ERR_CONNECTION_REFUSED", "nothing listens there. Is the server running, and the port right?"),
    (r"ERR_INTERNET_DISCONNECTED|ERR_ADDRESS_UNREACHABLE", "there is no route to it. Is this machine connected?"),
    (r"ERR_CONNECTION_(RESET|CLOSED|ABORTED)", "the server closed the connection."),
    (r"ERR_UNSAFE_PORT", "browsers refuse that port."),
    (r"ERR_PROXY|ERR_TUNNEL", "the proxy did not let it through. Check `browser.proxy`."),
)


def problem_of(message: str, *, url: str, status: int | None, cap: float, phase: str) -> Problem:
    """From the driver's error text. Anything unknown is `unreachable`, with the browser's own word for it."""
    code = _code(message)
    if "ERR_ABORTED" in message and status in (204, 205):
        return Problem(kind=ProblemKind.EMPTY, message=f"{url} answered without content (HTTP {status}).", phase=phase)
    for pattern, kind in _BY_ERROR:
        if re.search(pattern, message):
            text = _SENTENCES[kind].format(url=url, code=code, status=status, cap=cap)
            return Problem(kind=kind, message=text, phase=phase)
    why = next((why for pattern, why in _UNREACHABLE if re.search(pattern, message)), f"the browser says {code}.")
    return Problem(kind=ProblemKind.UNREACHABLE, message=f"{url} could not be reached: {why}", phase=phase)


def _code(message: str) -> str:
    found = re.search(r"ERR_\w+", message)
    return found[0] if found else message.strip().splitlines()[0][:200] if message.strip() else "nothing"
