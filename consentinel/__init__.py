"""Audits a site's tracking technology under several consent scenarios: the command line."""

from importlib.metadata import version

__version__ = version("consentinel")
