"""What consent platforms write into first-party cookies and storage, in the forms they document or show."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import parse_qs, unquote

from crawler.observations import Consent
from crawler.signals.base import LONGEST, Category, ConsentRecord, Undecodable
from crawler.signals.generic import is_required_name, read_generic
from crawler.signals.tcf import TcString, decode_tc


class _FormError(Exception):
    """Not the documented form."""


def decode_record(decoder: str, name: str, value: str) -> ConsentRecord | Undecodable:
    """`decoder` is a key of DECODERS; never raises on any `value`."""
    decode = DECODERS.get(decoder)
    if decode is None:
        return Undecodable(signal=decoder, why="no decoder of that name")
    if len(value) > LONGEST:
        return Undecodable(signal=decoder, why="too long")
    try:
        return decode(name, value).model_copy(update={"platform": decoder})
    except _FormError as error:
        return Undecodable(signal=decoder, why=str(error))


def _json(value: str) -> Mapping[str, object]:
    try:
        data = json.loads(unquote(value))
    except (ValueError, RecursionError) as error:
        raise _FormError("not JSON") from error
    if not isinstance(data, dict):
        raise _FormError("not a JSON object")
    return data


def _inner(data: Mapping[str, object], key: str) -> Mapping[str, object]:
    inner = data.get(key)
    if not isinstance(inner, dict):
        raise _FormError(f"no object `{key}`")
    return inner


def _strings(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)][:500] if isinstance(value, list) else []


def _categories(flags: Mapping[str, object], *, required: Iterable[str] = ()) -> tuple[Category, ...]:
    must = set(required)
    return tuple(
        Category(name=str(key)[:60], granted=flag, required=key in must or is_required_name(str(key)))
        for key, value in list(flags.items())[:500]
        if (flag := _flag(value)) is not None
    )


def _flag(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return {
        "1": True,
        "0": False,
        "true": True,
        "false": False,
        "yes": True,
        "no": False,
        "allow": True,
        "deny": False,
        "accept": True,
        "granted": True,
        "denied": False,
    }.get(str(value).casefold())


def _record(
    categories: tuple[Category, ...], *, tells_required: bool = True, answered: bool | None = None
) -> ConsentRecord:
    if not categories:
        raise _FormError("no category in it")
    return ConsentRecord(platform="", categories=categories, tells_required=tells_required, answered=answered)


def _said(consent: Consent | None, *, answered: bool | None = None) -> ConsentRecord:
    return ConsentRecord(platform="", said=consent, answered=answered)


def _listed(granted: Iterable[str]) -> ConsentRecord:
    """Only what is granted is listed: nothing but required categories is a refusal."""
    categories = tuple(Category(name=name[:60], granted=True, required=is_required_name(name)) for name in granted)
    if all(category.required for category in categories):
        return ConsentRecord(platform="", categories=categories, said=Consent.REJECTED)
    return ConsentRecord(platform="", categories=categories)


def _onetrust(_: str, value: str) -> ConsentRecord:
    """A query string; `groups=C0001:1,C0002:0`. The first group is the strictly necessary one."""
    fields = parse_qs(value if "&" in value and "=" in value else unquote(value), max_num_fields=None)
    groups = (fields.get("groups") or [""])[0]
    pairs = re.findall(r"([^:,]{1,40}):([01])", unquote(groups))[:200]
    count = (fields.get("interactionCount") or [""])[0]
    answered = int(count) > 0 if count.isascii() and count.isdigit() and len(count) < 9 else None
    first = ("C0001", "1", "BG1", "C0001_1")
    return _record(
        tuple(Category(name=name, granted=flag == "1", required=name in first) for name, flag in pairs),
        answered=answered,
    )


def _cookiebot(_: str, value: str) -> ConsentRecord:
    """A JavaScript object literal; `-1` out of region, `0` no consent given yet or all declined."""
    text = unquote(value)
    if text == "0":
        return _said(Consent.REJECTED)
    pairs = re.findall(r"(necessary|preferences|statistics|marketing):(true|false)", text)
    method = re.search(r"method:'(\w+)'", text)
    return _record(_categories(dict(pairs)), answered=method.group(1) == "explicit" if method else None)


def _didomi(_: str, value: str) -> ConsentRecord:
    try:
        data = json.loads(base64.b64decode(unquote(value) + "===", altchars=b"-_"))
    except (ValueError, RecursionError, binascii.Error) as error:
        raise _FormError("not base64 of JSON") from error
    if not isinstance(data, dict):
        raise _FormError("not a JSON object")
    purposes = _inner(data, "purposes")
    vendors = data.get("vendors") if isinstance(data.get("vendors"), dict) else {}
    granted = _strings(purposes.get("enabled"))
    denied = _strings(purposes.get("disabled"))
    if not granted and not denied and isinstance(vendors, dict):
        granted, denied = _strings(vendors.get("enabled")), _strings(vendors.get("disabled"))
    return _record(_categories({**dict.fromkeys(granted, True), **dict.fromkeys(denied, False)}))


_UC_ACTIONS = {"onAcceptAllServices": Consent.ACCEPTED, "onDenyAllServices": Consent.REJECTED}


def _usercentrics(_: str, value: str) -> ConsentRecord:
    """`uc_settings`: each service with the history of its states; the last action names the choice."""
    services = _json(value).get("services")
    if not isinstance(services, list):
        raise _FormError("no list `services`")
    flags: dict[str, object] = {}
    actions: set[str] = set()
    for place, service in enumerate(services[:500]):
        if not isinstance(service, dict):
            continue
        flags[f"service{place}"] = service.get("status")
        history = service.get("history")
        last = history[-1] if isinstance(history, list) and history else None
        if isinstance(last, dict):
            actions.add(str(last.get("action")))
    said = _UC_ACTIONS.get(next(iter(actions))) if len(actions) == 1 else None
    record = _record(_categories(flags), tells_required=False)
    granted = sum(category.granted for category in record.categories)
    summary = (Category(name=f"services_{granted}_of_{len(record.categories)}", granted=granted > 0, required=True),)
    consent = said or (
        Consent.ACCEPTED if granted == len(record.categories) else Consent.REJECTED if granted == 0 else None
    )
    return ConsentRecord(platform="", categories=summary, said=consent, answered="onInitialPageLoad" not in actions)


def _usercentrics_v3(_: str, value: str) -> ConsentRecord:
    services = _inner(_inner(_json(value), "consent"), "services")
    flags = {str(key): service.get("consent") for key, service in services.items() if isinstance(service, dict)}
    record = _record(_categories(flags), tells_required=False)
    granted = sum(category.granted for category in record.categories)
    summary = (Category(name=f"services_{granted}_of_{len(record.categories)}", granted=granted > 0, required=True),)
    gcm = _json(value).get("gcm")
    if isinstance(gcm, dict):
        states = {str(state) for key, state in gcm.items() if str(key).endswith("Storage") or str(key).startswith("ad")}
        if "denied" in states and "granted" not in states:
            return ConsentRecord(platform="", categories=summary, said=Consent.REJECTED)
    return ConsentRecord(platform="", categories=summary, said=record.says)


def _sourcepoint(_: str, value: str) -> ConsentRecord:
    data = _json(value)
    status: object = None
    for law in ("gdpr", "usnat", "ccpa"):
        part = data.get(law)
        if isinstance(part, dict) and isinstance(part.get("consentStatus"), dict):
            status = part["consentStatus"]
            break
    if not isinstance(status, dict):
        raise _FormError("no `consentStatus`")
    if status.get("rejectedAll") is True:
        return _said(Consent.REJECTED)
    if status.get("consentedAll") is True:
        return _said(Consent.ACCEPTED)
    return _said(Consent.PARTIAL if status.get("consentedToAny") is True else None)


def _trustarc(name: str, value: str) -> ConsentRecord:
    """`2:` is the highest level allowed (0: required only); `0,1,2:` lists the levels."""
    found = re.fullmatch(r"([0-9](?:,[0-9])*):?.{0,200}", unquote(value), re.S)
    if found is None:
        raise _FormError("no levels")
    levels = [int(level) for level in found.group(1).split(",")]
    if max(levels) == 0:
        return _said(Consent.REJECTED)
    listed = "gdpr" in name
    complete = levels == list(range(3)) if listed else max(levels) >= 2
    return _said(Consent.ACCEPTED if complete else Consent.PARTIAL)


def _trustarc_names(_: str, value: str) -> ConsentRecord:
    found = re.match(r"permit ([0-9,]{1,20})", unquote(value))
    if found is None:
        raise _FormError("no `permit`")
    return _said(Consent.REJECTED if found.group(1) == "1" else Consent.ACCEPTED)


def _cookieyes(_: str, value: str) -> ConsentRecord:
    pairs = dict(re.findall(r"(\w+):(\w*)", unquote(value)))
    answered = {"yes": True, "no": False, "": False}.get(pairs.get("action", ""))
    flags = {
        key: flag for key, flag in pairs.items() if key not in ("consentid", "consent", "action", "lastRenewedDate")
    }
    return _record(_categories(flags), answered=answered)


def _complianz(name: str, value: str) -> ConsentRecord:
    return _record(_categories({name.removeprefix("cmplz_"): value}))


def _complianz_required(name: str, value: str) -> ConsentRecord:
    return _record(_categories({name.removeprefix("cmplz_"): value}, required=(name.removeprefix("cmplz_"),)))


def _borlabs(_: str, value: str) -> ConsentRecord:
    return _listed(str(key) for key, services in _inner(_json(value), "consents").items() if services)


def _tarteaucitron(_: str, value: str) -> ConsentRecord:
    pairs = re.findall(r"!([\w-]{1,60})=(true|false|wait)", unquote(value))
    flags = {name: state for name, state in pairs if state != "wait"}
    if pairs and not flags:
        return _said(None, answered=False)
    return _record(_categories(flags), answered=len(flags) == len(pairs))


def _flags(_: str, value: str) -> ConsentRecord:
    return _record(_categories(_json(value)))


def _klaro(_: str, value: str) -> ConsentRecord:
    return _record(_categories(_json(value)), tells_required=False)


def _iubenda(_: str, value: str) -> ConsentRecord:
    data = _json(value)
    purposes = data.get("purposes")
    if isinstance(purposes, dict):
        return _record(_categories(purposes, required=("1",)))
    if isinstance(data.get("consent"), bool):
        return _said(Consent.ACCEPTED if data["consent"] else Consent.REJECTED)
    raise _FormError("neither purposes nor consent")


def _orestbida(_: str, value: str) -> ConsentRecord:
    return _listed(_strings(_json(value).get("categories")) or _strings(_json(value).get("level")))


def _axeptio(_: str, value: str) -> ConsentRecord:
    data = _json(value)
    answered = data.get("$$completed")
    flags = {key: flag for key, flag in data.items() if not key.startswith("$$") and isinstance(flag, bool)}
    return _record(_categories(flags), answered=answered if isinstance(answered, bool) else None)


def _moove(_: str, value: str) -> ConsentRecord:
    data = _json(value)
    return _record(
        _categories(
            {
                key: data[key]
                for key in ("strict", "thirdparty", "advanced", "performance", "preference")
                if key in data
            },
            required=("strict",),
        )
    )


def _cookielawinfo(_: str, value: str) -> ConsentRecord:
    try:
        data = json.loads(base64.b64decode(unquote(value) + "==="))
    except (ValueError, RecursionError, binascii.Error) as error:
        raise _FormError("not base64 of JSON") from error
    if not isinstance(data, dict):
        raise _FormError("not a JSON object")
    return _record(_categories({key: flag for key, flag in data.items() if key != "ver"}))


def _tcf(_: str, value: str) -> ConsentRecord:
    decoded = decode_tc(unquote(value))
    if not isinstance(decoded, TcString):
        raise _FormError(decoded.why)
    return _said(decoded.says)


def _usercentrics_tcf(_: str, value: str) -> ConsentRecord:
    text = _json(value).get("tcString")
    return _tcf("", text if isinstance(text, str) else "")


def _stamp(_: str, __: str) -> ConsentRecord:
    """That a choice was made, not which."""
    return _said(None, answered=True)


def _mark(_: str, __: str) -> ConsentRecord:
    return _said(None)


def _yes_no(_: str, value: str) -> ConsentRecord:
    flag = _flag(unquote(value))
    if flag is None:
        raise _FormError("neither yes nor no")
    return _said(Consent.ACCEPTED if flag else Consent.REJECTED)


def _allow_deny(_: str, value: str) -> ConsentRecord:
    """`dismiss` only says that the notice was closed."""
    word = unquote(value).casefold()
    if word not in ("allow", "deny", "dismiss"):
        raise _FormError("neither allow, deny nor dismiss")
    return _said({"allow": Consent.ACCEPTED, "deny": Consent.REJECTED}.get(word), answered=True)


def _generic(name: str, value: str) -> ConsentRecord:
    record = read_generic(name, value)
    if record is None:
        raise _FormError("no choice can be read in it")
    return record


DECODERS: dict[str, Callable[[str, str], ConsentRecord]] = {
    "onetrust": _onetrust,
    "cookiebot": _cookiebot,
    "didomi": _didomi,
    "usercentrics": _usercentrics,
    "usercentrics_v3": _usercentrics_v3,
    "usercentrics_tcf": _usercentrics_tcf,
    "sourcepoint": _sourcepoint,
    "trustarc": _trustarc,
    "trustarc_names": _trustarc_names,
    "cookieyes": _cookieyes,
    "complianz": _complianz,
    "complianz_required": _complianz_required,
    "borlabs": _borlabs,
    "tarteaucitron": _tarteaucitron,
    "category_flags": _flags,
    "klaro": _klaro,
    "iubenda": _iubenda,
    "orestbida": _orestbida,
    "axeptio": _axeptio,
    "moove": _moove,
    "cookielawinfo": _cookielawinfo,
    "osano": _generic,
    "termly": _generic,
    "tcf": _tcf,
    "additional": _mark,
    "ccpa_flag": _mark,
    "stamp": _stamp,
    "yes_no": _yes_no,
    "allow_deny": _allow_deny,
}
