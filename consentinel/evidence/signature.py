"""Ed25519 over the manifest: who answers for a pack. Keys are PEM files, as `openssl genpkey -algorithm ed25519`."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from consentinel.evidence.errors import PackError
from consentinel.evidence.manifest import MANIFEST, PUBLIC_KEY, SIGNATURE

MAKE_ONE = "make one with `openssl genpkey -algorithm ed25519 -out key.pem`"


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """Raises PackError."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise PackError(f"{path}: is not a PEM private key without a passphrase; {MAKE_ONE}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise PackError(f"{path}: is not an Ed25519 key; {MAKE_ONE}")
    return key


def read_public_key(pem: bytes, *, name: str) -> Ed25519PublicKey:
    """Raises PackError."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        wanted = "`openssl pkey -in key.pem -pubout` writes one"
        raise PackError(f"{name}: is not a PEM public key; {wanted}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise PackError(f"{name}: is not an Ed25519 key; {MAKE_ONE}")
    return key


def public_key_file(key: Ed25519PrivateKey) -> dict[str, bytes]:
    """Stands in the manifest, so that it is signed as well."""
    return {PUBLIC_KEY: key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)}


def signature_file(key: Ed25519PrivateKey, manifest: bytes) -> dict[str, bytes]:
    return {SIGNATURE: key.sign(manifest)}


def fingerprint(key: Ed25519PublicKey) -> str:
    """`SHA256:…` of the raw key, to be compared by eye or over the telephone."""
    return f"SHA256:{sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()}"


def signature_fault(key: Ed25519PublicKey, *, manifest: bytes, signature: bytes) -> str | None:
    """None: this key signed this manifest."""
    try:
        key.verify(signature, manifest)
    except InvalidSignature:
        return f"is not the signature of {MANIFEST} by the key {fingerprint(key)}"
    return None
