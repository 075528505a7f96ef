"""Passwords: what is accepted, and how one is kept.

What belongs here: Argon2id (RFC 9106) and the rules of NIST SP 800-63B: a least length, nothing that is easily guessed
from the account or from lists of common passwords, no rules of composition, no expiry by time.
"""

import secrets
import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from registry.errors import PasswordError

__all__ = ["MOST_CHARACTERS", "fault_of", "hashed", "matches", "new_password", "outdated"]

MOST_CHARACTERS = 256
_FEWEST_DIFFERENT = 5
_FEWEST_ELSE = 8  # characters that are left when common words are taken out
_SYLLABLES = (
    "ba", "chi", "dan", "fei", "gao", "han", "jin", "kai", "lin", "mo", "nan", "pei", "qiu", "ren", "shan", "tao",
)  # fmt: skip
_COMMON = (
    "password", "passw0rd", "p@ssw0rd", "qwertyuiop", "qwerty", "asdfghjkl", "zxcvbnm", "letmein", "welcome", "admin",
    "iloveyou", "woaini", "abcdefgh", "abcdef", "abc123", "1234567890", "123456789", "12345678", "123456", "987654321",
    "654321", "111111", "000000", "666666", "888888", "monkey", "dragon", "sunshine", "5201314", "1qaz2wsx",
    "minzheng", "shequ", "jiedao", "jiuzhu", "doudi", "兜底", "民政", "救助",
)  # fmt: skip
_at_once = threading.BoundedSemaphore(2)  # each takes 64 MiB


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


def fault_of(password: str, *, name: str, least: int) -> str | None:
    """What is wrong with a password for the account `name`, in words for its owner; None when it is accepted."""
    plain = unicodedata.normalize("NFKC", password)
    if len(plain) < least:
        return f"密码至少 {least} 个字符，可以是几个词组成的一句话。"
    if len(plain) > MOST_CHARACTERS:
        return f"密码最多 {MOST_CHARACTERS} 个字符。"
    small = plain.lower()
    if name.lower() in small:
        return "密码不能包含账号名。"
    if len(set(small)) < _FEWEST_DIFFERENT:
        return "密码中不同的字符太少。"
    for word in _COMMON:
        small = small.replace(word, "")
    return "密码太常见，容易被猜到。" if len(small) < _FEWEST_ELSE else None


def hashed(password: str, *, name: str, least: int) -> str:
    """The password as Argon2id keeps it; raises `PasswordError` for one that is not accepted."""
    fault = fault_of(password, name=name, least=least)
    if fault is not None:
        raise PasswordError(fault)
    with _at_once:
        return _hasher().hash(unicodedata.normalize("NFKC", password))


def matches(kept: str | None, password: str) -> bool:
    """Whether it is the password; an account without one takes as long to be refused as any other."""
    with _at_once:
        nobodys = _nobodys()  # made at the first time for whoever asks, or the first unknown name would take longer
        try:
            _hasher().verify(kept or nobodys, unicodedata.normalize("NFKC", password))
        except VerificationError:
            return False
    return kept is not None


def outdated(kept: str) -> bool:
    """Whether it was kept with weaker parameters than those of today."""
    return _hasher().check_needs_rehash(kept)


def new_password(*, name: str, least: int) -> str:
    """A password to be handed over once: syllables that can be read aloud, at least 49 bits."""
    words = max(3, least // 5)
    while True:
        spoken = ["".join(secrets.choice(_SYLLABLES) for _ in range(3)) for _ in range(words)]
        made = "-".join([*spoken, f"{secrets.randbelow(10_000):04d}"])
        if fault_of(made, name=name, least=least) is None:
            return made


@cache
def _nobodys() -> str:
    return _hasher().hash(secrets.token_urlsafe())
