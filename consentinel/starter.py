"""The commented consentinel.yaml that `init` writes, drawn from the models so that it cannot go out of date."""

from __future__ import annotations

import io
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from ruamel.yaml import YAML

from consentinel.config import Configuration

HEADER = """\
# Consentinel: what to audit, how, and against what. Every setting stands here with its default;
# take the `#` away to change one. Paths start at this file's folder.
# Check this file with `consentinel doctor`; `consentinel schema` prints its JSON Schema for editors.
"""
NOT_WRITTEN = {"source"}
"""Filled in by the program."""


def starter(*, url: str | None, declaration: str | None) -> str:
    given = {"declaration": declaration, "crawl.urls": [url] if url else None}
    return HEADER + "".join(f"{line}\n" for line in _section(Configuration, indent="", prefix="", given=given))


def _section(
    model: type[BaseModel], *, indent: str, prefix: str, given: dict[str, str | list[str] | None]
) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if name in NOT_WRITTEN:
            continue
        inner = _model(field)
        if inner is not None:
            yield ""
            yield f"{indent}# {field.description or _first_line(inner)}"
            optional = field.default is None
            # A section without a value would be null, so an untouched one is commented out with its keys.
            lines = list(_section(inner, indent=f"{indent}  ", prefix=f"{prefix}{name}.", given=given))
            live = not optional and any(not line.lstrip().startswith("#") for line in lines)
            yield f"{indent}{'' if live else '# '}{name}:"
            yield from lines
            continue
        value = given.get(f"{prefix}{name}")
        if comment := _comment(field):
            yield f"{indent}# {comment}"
        if value is not None:
            yield f"{indent}{name}: {_yaml(value)}"
        else:
            yield f"{indent}# {name}: {_yaml(_plain(field.get_default(call_default_factory=False)))}"


def _model(field: FieldInfo) -> type[BaseModel] | None:
    if get_origin(field.annotation) is tuple:
        return None  # a list of records has no default to write down
    for candidate in (field.annotation, *get_args(field.annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or model.__name__).strip().partition("\n")[0]


def _comment(field: FieldInfo) -> str:
    words = [field.description] if field.description else []
    if accepted := _choices(field.annotation):
        words.append(f"One of: {', '.join(accepted)}.")
    return " ".join(words)


def _choices(annotation: object) -> list[str]:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return [str(member.value) for member in annotation]
    if get_origin(annotation) is Literal:
        values = [str(value) for value in get_args(annotation)]
        return values if len(values) > 1 else []
    if get_origin(annotation) in (Union, UnionType):
        return [word for part in get_args(annotation) for word in _choices(part)]
    return []


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


def _yaml(value: object) -> str:
    """On one line, in flow style."""
    if value is None:
        return "null"
    stream = io.StringIO()
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = True
    writer.width = 10_000
    writer.dump(value, stream)
    return stream.getvalue().removesuffix("\n").removesuffix("...").strip()
