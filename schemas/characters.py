"""Characters that are written one way and meant another: full-width, unseen, private.

What belongs here: expressions over text that know nothing of what the text means. Compatibility forms
(NFKC) are taken only where a reader says so: they would turn a rare character of a name into a commoner one.
"""

import polars as pl

__all__ = ["PRIVATE_USE", "SPACES", "UNSEEN", "assigned", "half_width"]

SPACES = r"\s\x{2800}\x{3164}"  # for a character class; the blank of Braille and of Hangul are used as padding
UNSEEN = r"\x00-\x08\x0E-\x1F\x7F\x{AD}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{206F}\x{FEFF}"
PRIVATE_USE = r"\x{E000}-\x{F8FF}\x{F0000}-\x{10FFFD}"

_HALF = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {"\u3000": " ", "￥": "¥"}

# GB 18030-2022 moved these from the private use area to characters that Unicode had assigned since.
_ASSIGNED = {
    "\ue816": "\U00020087",
    "\ue817": "\U00020089",
    "\ue818": "\U000200cc",
    "\ue81e": "\u9fb4",
    "\ue826": "\u9fb5",
    "\ue82b": "\u9fb6",
    "\ue82c": "\u9fb7",
    "\ue831": "\U000215d7",
    "\ue832": "\u9fb8",
    "\ue83b": "\U0002298f",
    "\ue843": "\u9fb9",
    "\ue854": "\u9fba",
    "\ue855": "\U000241fe",
    "\ue864": "\u9fbb",
}


def half_width(text: pl.Expr) -> pl.Expr:
    """Full-width letters, digits, signs and space as half-width ones; every other character unchanged."""
    return text.str.replace_many(list(_HALF), list(_HALF.values()))


def assigned(text: pl.Expr) -> pl.Expr:
    """Private characters of old GB 18030 tables as the characters that the standard has given them since."""
    return text.str.replace_many(list(_ASSIGNED), list(_ASSIGNED.values()))
