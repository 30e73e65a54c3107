"""Exports of declarations: who exists. `base.py` says what to write."""

from __future__ import annotations

from classifiers.exports.base import Export
from classifiers.exports.to_edpb_knowledge import ToEdpbKnowledge
from classifiers.exports.to_open_cookie_database import ToOpenCookieDatabase
from classifiers.exports.to_yaml import ToYaml

EXPORTS: tuple[type[Export], ...] = (ToYaml, ToOpenCookieDatabase, ToEdpbKnowledge)
