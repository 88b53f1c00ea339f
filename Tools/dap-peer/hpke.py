"""HPKE in base mode (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and an AEAD, on `cryptography`'s primitives."""

import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

KEM_X25519_HKDF_SHA256 = 0x0020
KDF_HKDF_SHA256 = 0x0001
#: AEAD identifiers (RFC 9180 §7.3): the cipher and its key's size. All have nonces of 12 bytes.
AEADS = {0x0001: (AESGCM, 16), 0x0002: (AESGCM, 32), 0x0003: (ChaCha20Poly1305, 32)}
NONCE_SIZE = 12


class HpkeError(Exception):
    """A ciphertext that does not open."""


def supports(kem: int, kdf: int, aead: int) -> bool:
    """Whether this file has the three algorithms."""
    return kem == KEM_X25519_HKDF_SHA256 and kdf == KDF_HKDF_SHA256 and aead in AEADS


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, hashlib.sha256).digest()


def _labeled_extract(suite: bytes, salt: bytes, label: bytes, key_material: bytes) -> bytes:
    """RFC 9180 §4: `LabeledExtract`."""
    return _hmac(salt or bytes(32), b"HPKE-v1" + suite + label + key_material)


def _labeled_expand(suite: bytes, key: bytes, label: bytes, info: bytes, size: int) -> bytes:
    """RFC 9180 §4: `LabeledExpand`, that is RFC 5869 §2.3 over a labelled info."""
    labeled = size.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    block, output = b"", b""
    for counter in range(1, -(-size // 32) + 1):
        block = _hmac(key, block + labeled + bytes([counter]))
        output += block
    return output[:size]


def _kem_secret(dh: bytes, enc: bytes, public_key: bytes) -> bytes:
    """RFC 9180 §4.1: `ExtractAndExpand` of DHKEM."""
    if dh == bytes(32):
        raise HpkeError("the public key has low order")
    suite = b"KEM" + KEM_X25519_HKDF_SHA256.to_bytes(2, "big")
    extracted = _labeled_extract(suite, b"", b"eae_prk", dh)
    return _labeled_expand(suite, extracted, b"shared_secret", enc + public_key, 32)


def _cipher(shared_secret: bytes, info: bytes, aead: int):
    """RFC 9180 §5.1: `KeySchedule` in base mode; gives the cipher and the nonce of the first message."""
    suite = b"HPKE" + b"".join(x.to_bytes(2, "big") for x in (KEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, aead))
    make, key_size = AEADS[aead]
    context = b"\x00" + _labeled_extract(suite, b"", b"psk_id_hash", b"")
    context += _labeled_extract(suite, b"", b"info_hash", info)
    secret = _labeled_extract(suite, shared_secret, b"secret", b"")
    key = _labeled_expand(suite, secret, b"key", context, key_size)
    return make(key), _labeled_expand(suite, secret, b"base_nonce", context, NONCE_SIZE)


def _raw(key: X25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def public_key(private_key: bytes) -> bytes:
    """The public key that belongs to a private one."""
    return _raw(X25519PrivateKey.from_private_bytes(private_key).public_key())


def seal(recipient: bytes, info: bytes, aad: bytes, plaintext: bytes, aead: int = 0x0001,
         ephemeral: bytes | None = None) -> tuple[bytes, bytes]:
    """RFC 9180 §6.1: `SealBase`; gives `enc` and the ciphertext. Only tests choose the ephemeral key."""
    own = X25519PrivateKey.from_private_bytes(ephemeral) if ephemeral else X25519PrivateKey.generate()
    enc = _raw(own.public_key())
    dh = own.exchange(X25519PublicKey.from_public_bytes(recipient))
    cipher, nonce = _cipher(_kem_secret(dh, enc, recipient), info, aead)
    return enc, cipher.encrypt(nonce, plaintext, aad)


def open_sealed(enc: bytes, private_key: bytes, info: bytes, aad: bytes, ciphertext: bytes,
                aead: int = 0x0001) -> bytes:
    """RFC 9180 §6.1: `OpenBase`."""
    try:
        own = X25519PrivateKey.from_private_bytes(private_key)
        dh = own.exchange(X25519PublicKey.from_public_bytes(enc))
        cipher, nonce = _cipher(_kem_secret(dh, enc, _raw(own.public_key())), info, aead)
        return cipher.decrypt(nonce, ciphertext, aad)
    except (InvalidTag, ValueError) as error:
        raise HpkeError("the ciphertext does not open") from error
