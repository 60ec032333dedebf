"""Hashes of passwords: ``scrypt:n:r:p:salt:key``, salt and key in base64 without ``=``.

n = 8192, r = 8 need 8 MB for a moment (128 n r bytes), p = 5 as many passes: a tenth of a second
on a PC, a few seconds on the smallest Pi, and as slow for whoever would try a stolen hash.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

N, R, P = 8192, 8, 5
SALT_BYTES, KEY_BYTES = 16, 32
MOST_MEMORY = 48_000_000  # a hash that asks for more is refused
LONGEST = 256  # letters of a password


def hashed(password: str) -> str:
    """A new hash, with a salt of its own."""
    salt = secrets.token_bytes(SALT_BYTES)
    return f"scrypt:{N}:{R}:{P}:{_text(salt)}:{_text(_key(password, salt, N, R, P))}"


def fits(password: str, kept: str) -> bool:
    """Whether this is the password of a hash; takes as long if it is not. A hash that cannot be
    read fits nothing."""
    if len(password) > LONGEST:
        return False
    try:
        name, n, r, p, salt, key = kept.split(":")
        if name != "scrypt":
            return False
        found = _key(password, _bytes(salt), int(n), int(r), int(p))
        return hmac.compare_digest(found, _bytes(key))
    except (ValueError, MemoryError):
        return False


def _key(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(
        password.encode("utf-8", "surrogatepass"),
        salt=salt,
        n=n,
        r=r,
        p=p,
        maxmem=MOST_MEMORY,
        dklen=KEY_BYTES,
    )


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
