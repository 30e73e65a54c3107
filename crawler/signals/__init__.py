"""Decoders of consent signals: pure, and never raising on hostile input (they answer `Undecodable`)."""

from crawler.signals.base import Category, ConsentRecord, Undecodable
from crawler.signals.google import (
    ConsentMode,
    Gcd,
    Gcs,
    Granted,
    decode_gcd,
    decode_gcs,
    fold_consent_mode,
)
from crawler.signals.gpc import GpcSupport, decode_gpc_json, is_gpc
from crawler.signals.gpp import Gpp, UsSection, decode_gpp
from crawler.signals.meta import MetaDataProcessing, decode_meta
from crawler.signals.microsoft import ClarityConsent, UetConsent, decode_clarity, decode_uet
from crawler.signals.records import decode_record
from crawler.signals.tcf import TcString, decode_tc
from crawler.signals.usp import UsPrivacy, decode_usp

__all__ = [
    "Category",
    "ClarityConsent",
    "ConsentMode",
    "ConsentRecord",
    "Gcd",
    "Gcs",
    "GpcSupport",
    "Gpp",
    "Granted",
    "MetaDataProcessing",
    "TcString",
    "UetConsent",
    "Undecodable",
    "UsPrivacy",
    "UsSection",
    "decode_clarity",
    "decode_gcd",
    "decode_gcs",
    "decode_gpc_json",
    "decode_gpp",
    "decode_meta",
    "decode_record",
    "decode_tc",
    "decode_uet",
    "decode_usp",
    "fold_consent_mode",
    "is_gpc",
]
