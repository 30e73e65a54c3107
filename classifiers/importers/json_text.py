"""JSON of consent platforms, read into models; errors name file, line or key, and the accepted form."""

from __future__ import annotations

import json
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from classifiers.importers.base import ListError, Material

Model = TypeVar("Model", bound="Foreign")


class Foreign(BaseModel):
    """A structure of someone else's: keys that we do not need may come and go."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


def parse_json(material: Material, model: type[Model], *, accepts: str) -> Model:
    """Raises ListError."""
    document = load_json(material, accepts=accepts)
    try:
        return model.model_validate(document)
    except ValidationError as error:
        faults = [f"{material.name}: {_key(e['loc'])}: {_plain(e['msg'])}; accepted: {accepts}" for e in error.errors()]
        raise ListError(faults) from error


def load_json(material: Material, *, accepts: str) -> object:
    try:
        return json.loads(material.text)
    except json.JSONDecodeError as error:
        sentence = f"{material.name}:{error.lineno}: not valid JSON: {error.msg}; accepted: {accepts}"
        raise ListError([sentence]) from error


def looks_like_json(material: Material, *keys: str) -> bool:
    text = material.text.lstrip()
    return text.startswith(("{", "[")) and all(f'"{key}"' in text for key in keys)


def _plain(message: str) -> str:
    return message.lower().replace("tuple", "list")


def _key(location: tuple[int | str, ...]) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "the file"
