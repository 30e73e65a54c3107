"""Schedulers that can run the scans instead: every export that exists, in an explicit tuple."""

from __future__ import annotations

from consentinel.watch.exports.base import Export
from consentinel.watch.exports.to_crontab import ToCrontab
from consentinel.watch.exports.to_github import ToGithub
from consentinel.watch.exports.to_kubernetes import ToKubernetes
from consentinel.watch.exports.to_systemd import ToSystemd

EXPORTS: tuple[type[Export], ...] = (ToSystemd, ToCrontab, ToGithub, ToKubernetes)
