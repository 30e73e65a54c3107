"""Keeps what a journey typed in secret out of the record."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from urllib.parse import quote, quote_plus

import orjson

from crawler.browser.stage import VisitOutcome
from crawler.observations import Consent, Operation, SightingKind, StorageArea, TargetKind
from crawler.visits import ChannelState, ChoiceStatus, ProblemKind, Visit, VisitStatus

INSTEAD = "(secret)"
_CLOSED = frozenset(
    member.value
    for kind in (
        *(Consent, Operation, SightingKind, StorageArea, TargetKind),
        *(ChannelState, ChoiceStatus, ProblemKind, VisitStatus),
    )
    for member in kind
)
"""Words of the record itself: they stand there whatever was typed."""


def without_secrets(outcome: VisitOutcome, secrets: Sequence[str]) -> VisitOutcome:
    """Wherever they stand: addresses, body fields, facts; plain, URL-encoded, in JSON or Base64."""
    if not secrets:
        return outcome
    forms = sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True)
    record = _clean(orjson.loads(outcome.visit.model_dump_json()), forms)
    html, headers = _clean_text(outcome.html, forms), {k: _clean_text(v, forms) for k, v in outcome.headers.items()}
    return VisitOutcome(visit=Visit.model_validate_json(orjson.dumps(record)), html=html, headers=headers)


def _clean(node: object, forms: Sequence[str]) -> object:
    if isinstance(node, dict):
        return {key: _clean(value, forms) for key, value in node.items()}
    if isinstance(node, list):
        return [_clean(value, forms) for value in node]
    return _clean_text(node, forms) if isinstance(node, str) and node not in _CLOSED else node


def _clean_text(text: str, forms: Sequence[str]) -> str:
    for form in forms:
        text = text.replace(form, INSTEAD)
    return text


def _forms(secret: str) -> Iterator[str]:
    for plain in (secret, secret.lower(), secret.upper()):
        yield from (plain, quote(plain), quote(plain, safe=""), quote_plus(plain))
        yield from (json.dumps(plain)[1:-1], json.dumps(plain, ensure_ascii=False)[1:-1])
    yield base64.b64encode(secret.encode()).decode().rstrip("=")
    yield base64.urlsafe_b64encode(secret.encode()).decode().rstrip("=")
