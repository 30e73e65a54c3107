"""RFC 3161: a time-stamping authority's word that the manifest was there at a time. Asked once; checked offline."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.x509 import Certificate, load_der_x509_certificate, load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from consentinel import __version__
from consentinel.evidence.errors import PackError
from consentinel.evidence.manifest import MANIFEST

CAP = 30.0
"""Seconds for the authority's answer."""
MOST_BYTES = 100_000
_SHA256 = "2.16.840.1.101.3.4.2.1"


@dataclass(frozen=True)
class Stamp:
    at: datetime
    authority: str | None
    """Subject of the certificate that signed it, where it is in the answer."""


def ask_for_stamp(url: str, manifest: bytes) -> bytes:
    """The authority's answer, to be kept beside the manifest. Only the manifest's digest leaves this machine."""
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise PackError(f"--timestamp: {url!r} is no http(s) address of a time-stamping authority")
    question = TimestampRequestBuilder().data(manifest).hash_algorithm(HashAlgorithm.SHA256).build()
    request = urllib.request.Request(
        url,
        data=question.as_bytes(),
        headers={"Content-Type": "application/timestamp-query", "User-Agent": f"consentinel/{__version__}"},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=CAP) as answer:
            content: bytes = answer.read(MOST_BYTES)
    except urllib.error.HTTPError as error:
        with error:
            raise PackError(f"--timestamp: {url} answered {error.code}; no pack was written") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise PackError(f"--timestamp: {url} could not be reached ({reason}); no pack was written") from error
    said, fault = _read(content, manifest)
    if said is not None and said.tst_info.nonce != question.nonce:
        fault = "answers another question"
    if fault is not None:
        raise PackError(f"--timestamp: the answer of {url} {fault}; no pack was written")
    return content


def read_roots(path: Path) -> tuple[Certificate, ...]:
    """Raises PackError."""
    try:
        return tuple(load_pem_x509_certificates(path.read_bytes()))
    except ValueError as error:
        raise PackError(f"{path}: holds no certificate (PEM) of a time-stamping authority") from error


def stamp_of(content: bytes, *, manifest: bytes, roots: Sequence[Certificate]) -> tuple[Stamp | None, str | None]:
    """Without `roots` only the content is checked, not who answers for it. The second is the fault; None: it holds."""
    answer, fault = _read(content, manifest)
    if answer is None or fault is not None:
        return None, fault
    if roots:
        try:
            VerifierBuilder(roots=list(roots)).build().verify_message(answer, manifest)
        except (VerificationError, ValueError) as error:
            return None, f"is not by an authority that the given certificates vouch for ({error})"
    return Stamp(at=answer.tst_info.gen_time, authority=_authority(answer)), None


def _read(content: bytes, manifest: bytes) -> tuple[TimeStampResponse | None, str | None]:
    try:
        answer = decode_timestamp_response(content)
        if PKIStatus(answer.status) not in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS):
            words = "; ".join(answer.status_string)
            return None, f"is a refusal{f' ({words})' if words else ''}"
        imprint = answer.tst_info.message_imprint
        if imprint.hash_algorithm.dotted_string != _SHA256 or imprint.message != sha256(manifest).digest():
            return None, f"is not for this {MANIFEST}"
    except ValueError as error:
        return None, f"is no RFC 3161 answer ({error})"
    return answer, None


def _authority(answer: TimeStampResponse) -> str | None:
    signers = {(info.issuer, info.serial_number) for info in answer.signed_data.signer_infos}
    for content in answer.signed_data.certificates:
        certificate = load_der_x509_certificate(content)
        if (certificate.issuer, certificate.serial_number) in signers:
            return certificate.subject.rfc4514_string()
    return None
