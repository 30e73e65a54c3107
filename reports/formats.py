"""Every format that exists, in an explicit tuple."""

from __future__ import annotations

from reports.base import Reporter
from reports.to_csv import ToCsv
from reports.to_github import ToGithub
from reports.to_gitlab import ToGitlab
from reports.to_har import ToHar
from reports.to_html import ToHtml
from reports.to_json import ToJson
from reports.to_junit import ToJunit
from reports.to_markdown import ToMarkdown
from reports.to_sarif import ToSarif
from reports.to_wec import ToWec

REPORTERS: tuple[type[Reporter], ...] = (
    ToHtml,
    ToJson,
    ToSarif,
    ToJunit,
    ToCsv,
    ToMarkdown,
    ToGithub,
    ToGitlab,
    ToHar,
    ToWec,
)
