"""Reading YAML that people edit: every error names file, line and key, and says what is accepted."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

Model = TypeVar("Model", bound=BaseModel)
PLACE_KEY = "place"
"""Models that carry a field of this name are told where in the file they stand; people never write it."""


class SourceError(ValueError):
    """A file that people edit cannot be used; the message is one sentence per fault, each with `file:line`."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


def read_yaml(path: Path, model: type[Model], *, what: str) -> Model:
    """Reads `path` as one `model`. Raises SourceError; `what` names the file's kind in it (`declaration`)."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SourceError([f"{path}: no such file; give the path of a {what}"]) from None
    except IsADirectoryError:
        raise SourceError([f"{path}: is a folder; give the path of a {what} file"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError([f"{path}: cannot be read as UTF-8 text ({error})"]) from error
    return parse_yaml(text, model, name=str(path), what=what)


def parse_yaml(text: str, model: type[Model], *, name: str, what: str, context: object = None) -> Model:
    """`context` reaches the model's validators as `info.context`. Raises SourceError."""
    try:
        document = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise SourceError([f"{name}:{line}: not valid YAML: {error.problem or error.context}"]) from error
    except YAMLError as error:
        raise SourceError([f"{name}:1: not valid YAML: {error}"]) from error
    if not isinstance(document, CommentedMap):
        found = "is empty" if document is None else f"holds a {type(document).__name__}"
        raise SourceError([f"{name}:1: a {what} is a mapping of keys to values; this file {found}"])
    faults: list[str] = []
    placed = PLACE_KEY in model.model_fields
    plain = _plain(document, name=name, path=(), faults=faults, placed=placed)
    if not faults:
        try:
            return model.model_validate(plain, context=context)
        except ValidationError as error:
            faults = complaints(error, document, name=name, model=model)
    raise SourceError(faults)


def complaints(error: ValidationError, document: CommentedMap, *, name: str, model: type[BaseModel]) -> list[str]:
    """One sentence per mistake; `document` was read with its lines (`typ="rt"`)."""
    return [_sentence(detail, document, name=name, model=model) for detail in error.errors()]


def _plain(node: object, *, name: str, path: tuple[str | int, ...], faults: list[str], placed: bool) -> object:
    """The document as plain values; where `placed`, each mapping gets its place under `PLACE_KEY`."""
    if isinstance(node, CommentedMap):
        if placed and PLACE_KEY in node:
            faults.append(f"{name}:{node.lc.key(PLACE_KEY)[0] + 1}: {_dotted((*path, PLACE_KEY))}: unknown key")
        plain: dict[object, object] = {
            key: _plain(value, name=name, path=(*path, key), faults=faults, placed=placed)
            for key, value in node.items()
        }
        if placed:
            plain[PLACE_KEY] = {"file": name, "line": node.lc.line + 1}
        return plain
    if isinstance(node, CommentedSeq):
        return [
            _plain(value, name=name, path=(*path, index), faults=faults, placed=placed)
            for index, value in enumerate(node)
        ]
    return node


def _sentence(detail: ErrorDetails, document: CommentedMap, *, name: str, model: type[BaseModel]) -> str:
    location = tuple(part for part in detail["loc"] if not (isinstance(part, str) and "[" in part))
    line = _line(document, location)
    where = f"{name}:{line}: {_dotted(location)}"
    given = detail["input"]
    match detail["type"]:
        case "extra_forbidden":
            known = _siblings(model, location[:-1])
            return f"{where}: unknown key{_did_you_mean(str(location[-1]), known)}; accepted: {', '.join(known)}"
        case "missing":
            return f"{where}: this key is required and missing"
        case "enum" | "literal_error":
            accepted = [word.strip("'\" ") for word in str(detail["ctx"]["expected"]).replace(" or ", ", ").split(",")]
            hint = _did_you_mean(str(given), accepted)
            return f"{where}: {given!r} is not known{hint}; accepted: {', '.join(accepted)}"
        case _:
            message = detail["msg"].removeprefix("Value error, ")
            return f"{where}: {message[:1].lower()}{message[1:]}; found {given!r}"


def _line(document: CommentedMap, location: tuple[str | int, ...]) -> int:
    """Line of the deepest part of `location` that stands in the file."""
    line, node = int(document.lc.line) + 1, document
    for part in location:
        if isinstance(node, CommentedMap) and part in node:
            line, node = int(node.lc.key(part)[0]) + 1, node[part]
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line, node = int(node.lc.item(part)[0]) + 1, node[part]
        else:
            break
    return line


def _siblings(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """Keys that the model at `path` accepts, found by walking the annotations."""
    here: type[BaseModel] | None = model
    for part in path:
        if here is None or isinstance(part, int):
            continue
        names = {info.alias or name: info.annotation for name, info in here.model_fields.items()}
        here = _model_in(names.get(str(part)))
    return [info.alias or name for name, info in here.model_fields.items() if name != PLACE_KEY] if here else []


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(argument) for argument in getattr(annotation, "__args__", ()))
    return next((found for found in inner if found is not None), None)


def _did_you_mean(given: str, accepted: Iterable[str]) -> str:
    close = difflib.get_close_matches(given, list(accepted), n=1, cutoff=0.6)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _dotted(location: Iterable[str | int]) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "the file"
