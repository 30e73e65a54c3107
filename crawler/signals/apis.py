"""What consent platforms answer through their own APIs in the page, as `platform_api.js` hands it over."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crawler.observations import Consent
from crawler.signals.base import Category, ConsentRecord, Undecodable
from crawler.signals.generic import is_required_name
from crawler.signals.tcf import TcString, decode_tc

Answer = Mapping[str, object]


def decode_api(platform: str, answer: object) -> ConsentRecord | Undecodable | None:
    """None: not a platform with a decoder here. Never raises on any answer."""
    decode = APIS.get(platform)
    if decode is None:
        return None
    if not isinstance(answer, dict):
        return Undecodable(signal=platform, why="not an object")
    record = decode(answer)
    return (
        Undecodable(signal=platform, why="no choice in it")
        if record is None
        else record.model_copy(update={"platform": platform})
    )


def _strings(value: object) -> list[str]:
    return [str(one)[:60] for one in value if isinstance(one, (str, int))][:500] if isinstance(value, list) else []


def _bool(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _flags(
    flags: object, *, answered: bool | None = None, required: tuple[str, ...] = (), tells: bool = True
) -> ConsentRecord | None:
    if not isinstance(flags, dict):
        return None
    categories = tuple(
        Category(name=str(key)[:60], granted=granted, required=key in required or is_required_name(str(key)))
        for key, value in list(flags.items())[:500]
        if (
            granted := value
            if isinstance(value, bool)
            else {"yes": True, "no": False, "ACCEPT": True, "DENY": False}.get(str(value))
        )
        is not None
    )
    if not categories:
        return None
    return ConsentRecord(platform="", categories=categories, answered=answered, tells_required=tells)


def _onetrust(answer: Answer) -> ConsentRecord | None:
    groups = answer.get("groups")
    if not isinstance(groups, str):
        return None
    active = [group for group in groups[:5000].split(",") if group]
    listed = answer.get("all")
    known: dict[str, bool] = {}
    for entry in listed[:200] if isinstance(listed, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("id"), str) and entry["id"]:
            known[entry["id"]] = "always" in str(entry.get("status")).casefold()
    if not known:
        known = dict.fromkeys(active, False)
    known |= {group: True for group in known if group in ("C0001", "1", "BG1")}
    categories = tuple(
        Category(name=group[:60], granted=group in active, required=must) for group, must in known.items()
    )
    said = Consent.REJECTED if all(category.required or not category.granted for category in categories) else None
    return ConsentRecord(platform="", categories=categories, said=said, answered=_bool(answer.get("closed")))


def _cookiebot(answer: Answer) -> ConsentRecord | None:
    return _flags(answer.get("consent"), answered=_bool(answer.get("answered")), required=("necessary",))


def _didomi(answer: Answer) -> ConsentRecord | None:
    essential = set(_strings(answer.get("essential")))
    flags = {
        **dict.fromkeys(_strings(answer.get("enabled")), True),
        **dict.fromkeys(_strings(answer.get("disabled")), False),
    }
    return _flags(flags, answered=_bool(answer.get("answered")), required=tuple(essential))


def _services(answer: Answer) -> ConsentRecord | None:
    services = answer.get("services")
    if not isinstance(services, list):
        return None
    optional = [
        s
        for s in services[:500]
        if isinstance(s, dict) and s.get("essential") is not True and isinstance(s.get("status"), bool)
    ]
    granted = sum(s["status"] is True for s in optional)
    if not optional:
        return None
    said = Consent.ACCEPTED if granted == len(optional) else Consent.REJECTED if granted == 0 else Consent.PARTIAL
    summary = (Category(name=f"optional_services_{granted}_of_{len(optional)}", granted=granted > 0),)
    answered = _bool(answer.get("answered"))
    if answered is None and isinstance(answer.get("type"), str):
        answered = answer["type"] == "EXPLICIT"
    return ConsentRecord(platform="", categories=summary, said=said, answered=answered)


def _klaro(answer: Answer) -> ConsentRecord | None:
    return _flags(
        answer.get("consents"),
        answered=_bool(answer.get("confirmed")),
        required=tuple(_strings(answer.get("required"))),
    )


def _tarteaucitron(answer: Answer) -> ConsentRecord | None:
    state = answer.get("state")
    return _flags(state) if isinstance(state, dict) else None


def _osano(answer: Answer) -> ConsentRecord | None:
    return _flags(answer.get("consent"))


def _orestbida(answer: Answer) -> ConsentRecord | None:
    preferences = answer.get("preferences")
    if not isinstance(preferences, dict):
        return None
    flags = {
        **dict.fromkeys(_strings(preferences.get("acceptedCategories")), True),
        **dict.fromkeys(_strings(preferences.get("rejectedCategories")), False),
    }
    return _flags(flags, answered=_bool(answer.get("valid")))


def _cookieyes(answer: Answer) -> ConsentRecord | None:
    return _flags(answer.get("categories"), answered=_bool(answer.get("isUserActionCompleted")))


def _complianz(answer: Answer) -> ConsentRecord | None:
    return _flags(dict(answer), required=("functional",))


def _borlabs(answer: Answer) -> ConsentRecord | None:
    listed = [str(key) for key in answer]
    said = Consent.REJECTED if all(is_required_name(name) for name in listed) else None
    categories = tuple(Category(name=name[:60], granted=True, required=is_required_name(name)) for name in listed[:100])
    return ConsentRecord(platform="", categories=categories, said=said) if categories else None


def _shopify(answer: Answer) -> ConsentRecord | None:
    return _flags({key: value for key, value in answer.items() if value in ("yes", "no")})


APIS: dict[str, Callable[[Answer], ConsentRecord | None]] = {
    "onetrust": _onetrust,
    "cookiebot": _cookiebot,
    "didomi": _didomi,
    "usercentrics": _services,
    "usercentrics_v3": _services,
    "klaro": _klaro,
    "tarteaucitron": _tarteaucitron,
    "osano": _osano,
    "orestbida": _orestbida,
    "cookieyes": _cookieyes,
    "complianz": _complianz,
    "borlabs": _borlabs,
    "shopify": _shopify,
}


def tc_string_of(answer: object) -> TcString | Undecodable | None:
    """Out of `__tcfapi`'s TCData; None: it holds no string (yet)."""
    text = answer.get("tcString") if isinstance(answer, dict) else None
    return decode_tc(text) if isinstance(text, str) and text else None
