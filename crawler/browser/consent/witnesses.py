"""What each witness says about a choice: the state before it beside the state after it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from crawler.browser.consent.platforms import record_of
from crawler.browser.consent.state import State
from crawler.browser.consent.verdict import agrees
from crawler.observations import Consent
from crawler.signals.apis import decode_api, tc_string_of
from crawler.signals.base import Category, ConsentRecord, Undecodable, says_of
from crawler.signals.generic import read_generic
from crawler.signals.google import Gcd, Gcs, decode_gcd, decode_gcs, fold_consent_mode
from crawler.signals.gpp import Gpp, decode_gpp
from crawler.signals.records import decode_record
from crawler.signals.tcf import TcString, decode_tc
from crawler.visits import WitnessReading

RECORD = "consent_record"
API = "platform_api"
TCF = "tcf"
GPP = "gpp"
CONSENT_MODE = "consent_mode"
WIRE = "google_signals"
GPC = "gpc"
_TCF_NAMES = ("euconsent-v2", "eupubconsent-v2")


@dataclass(frozen=True)
class Said:
    """What one witness shows in one state."""

    text: str
    """Short and free of identifiers: it is stored, compared and printed."""
    says: Consent | None


def _one(voices: Iterable[Consent | None]) -> Consent | None:
    """One voice out of several; those that disagree are partial."""
    heard = {voice for voice in voices if voice is not None}
    if len(heard) > 1:
        return Consent.PARTIAL
    return next(iter(heard), None)


def _of_records(records: Mapping[str, ConsentRecord | Undecodable]) -> Said | None:
    """Several items of one platform are one record (a cookie per category)."""
    if not records:
        return None
    texts: list[str] = []
    categories: dict[str, list[Category]] = {}
    voices: list[Consent | None] = []
    for name, record in records.items():
        if isinstance(record, Undecodable):
            texts.append(f"{name}: unreadable ({record.why})")
            continue
        texts.append(f"{name}: {record.summary()}")
        if record.said is not None or not record.tells_required:
            voices.append(record.says)
        else:
            categories.setdefault(record.platform, []).extend(record.categories)
    voices.extend(says_of(each) for each in categories.values())
    return Said("; ".join(texts), _one(voices))


def _records(state: State, before: State | None, known: frozenset[str], recipe_record: str | None) -> Said | None:
    """Items of known platforms, and undocumented items that read as a choice and are new since `before` or `known`."""
    found: dict[str, ConsentRecord | Undecodable] = {}
    for key, value in sorted(state.items.items()):
        name = key.partition(":")[2]
        platform = record_of(name)
        if name in _TCF_NAMES:
            continue  # a witness of its own
        if platform is not None:
            found[name] = decode_record(platform[1], name, value)
        elif name == recipe_record or name in known or (before is not None and before.items.get(key) != value):
            record = read_generic(name, value)
            if record is not None:
                found[name] = record
    return _of_records(found)


def _api(state: State) -> Said | None:
    decoded = {name: decode_api(name, answer) for name, answer in sorted(state.api.items())}
    return _of_records({name: record for name, record in decoded.items() if record is not None})


def _tcf(state: State) -> Said | None:
    """The API's TC string and the stored one are one witness: the platform's."""
    answer = state.api.get("tcf")
    strings: list[TcString | Undecodable] = []
    asked = tc_string_of(answer)
    if asked is not None:
        strings.append(asked)
    strings.extend(
        decode_tc(unquote(value))
        for key, value in sorted(state.items.items())
        if key.partition(":")[2] in _TCF_NAMES and value
    )
    if not strings:
        return None
    status = answer.get("eventStatus") if isinstance(answer, dict) else None
    readable = [string for string in strings if isinstance(string, TcString)]
    if not readable:
        return Said("unreadable TC string", None)
    summaries = dict.fromkeys(string.summary() for string in readable)
    text = " | ".join(summaries) + (f"; {status}" if isinstance(status, str) else "")
    if status == "cmpuishown":  # nothing was chosen yet, whatever the bits say
        return Said(text, None)
    return Said(text, _one(string.says for string in readable))


def _gpp(state: State) -> Said | None:
    answer = state.api.get("gpp")
    text = answer.get("gppString") if isinstance(answer, dict) else None
    decoded = decode_gpp(text) if isinstance(text, str) and text else None
    if not isinstance(decoded, Gpp):
        return None
    outs = [
        f"{section.name}.{name}={value}"
        for section in decoded.sections
        for name, value in getattr(section.decoded, "opt_outs", {}).items()
    ]
    return Said(" ".join(outs), decoded.says) if outs else None


def _consent_mode(state: State) -> Said | None:
    answer = state.api.get("consent_mode")
    entries = answer.get("entries") if isinstance(answer, dict) else None
    told = [
        (str(entry.get("command")), entry["state"])
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict) and isinstance(entry.get("state"), dict)
    ]
    mode = fold_consent_mode(told)
    if mode is None:
        return None
    states = " ".join(f"{name}={granted.value}" for name, granted in sorted(mode.effective.items()))
    updates = sum(command == "update" for command, _ in told)
    return Said(f"{states} ({updates} update{'' if updates == 1 else 's'})", mode.says)


def _wire(state: State) -> Said | None:
    """`gcs` and `gcd` of the last request that carried them."""
    for url in reversed(state.hits):
        query = parse_qs(urlsplit(url).query, max_num_fields=None)
        gcs = decode_gcs((query.get("gcs") or [""])[0])
        gcd = decode_gcd((query.get("gcd") or [""])[0])
        voices = [signal.says for signal in (gcs, gcd) if isinstance(signal, (Gcs, Gcd))]
        if voices:
            raw = [
                f"{name}={signal.raw}"
                for name, signal in (("gcs", gcs), ("gcd", gcd))
                if isinstance(signal, (Gcs, Gcd))
            ]
            return Said(" ".join(raw), _one(voices))
    return None


def _gpc(state: State) -> Said | None:
    answer = state.api.get("gpc")
    return Said(f"navigator.globalPrivacyControl = {answer.get('value')}", None) if isinstance(answer, dict) else None


_PLAIN: dict[str, Callable[[State], Said | None]] = {
    API: _api,
    TCF: _tcf,
    GPP: _gpp,
    CONSENT_MODE: _consent_mode,
    WIRE: _wire,
    GPC: _gpc,
}


def names_in(text: str | None) -> frozenset[str]:
    """Names of the items a consent_record text is about."""
    return frozenset(part.partition(":")[0] for part in (text or "").split("; ") if part)


def _reading(witness: str, before: str | None, after: Said | None, wanted: Consent) -> WitnessReading | None:
    """An unchanged state is no sign that a choice was taken, so it says nothing: unless it speaks against a refusal."""
    if after is None:
        return None
    says = after.says
    detail = f"{before or 'nothing'} → {after.text}"
    if before == after.text:
        detail = f"{after.text}, before and after the choice"
        refusing = wanted in (Consent.REJECTED, Consent.WITHDRAWN)
        if not (refusing and says is not None and not agrees(wanted=wanted, says=says)):
            says = None
    return WitnessReading(witness=witness, before=before, after=after.text, says=says, detail=detail)


def readings(
    before: State | None,
    after: State,
    *,
    wanted: Consent,
    earlier: Mapping[str, WitnessReading] | None = None,
    recipe_record: str | None = None,
) -> tuple[WitnessReading, ...]:
    """`earlier`: the readings made at the choice, when they are made again after a reload or on a later page."""
    then = (earlier or {}).get(RECORD)
    known = names_in(then.after) if then else frozenset()
    found: list[WitnessReading | None] = []
    said = _records(before, None, known, recipe_record) if before is not None else None
    before_text = said.text if said else then.before if then and before is None else None
    found.append(_reading(RECORD, before_text, _records(after, before, known, recipe_record), wanted))
    for witness, read in _PLAIN.items():
        said = read(before) if before is not None else None
        had = (earlier or {}).get(witness)
        before_text = said.text if said else had.before if had and before is None else None
        found.append(_reading(witness, before_text, read(after), wanted))
    return tuple(reading for reading in found if reading is not None)
