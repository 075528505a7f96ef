"""Cells that hold names of people.

Rare characters are kept as delivered: compatibility forms are not folded, because two variants of a
character are two names in the register of residents. Only what the newest GB 18030 itself reassigns is.
"""

import polars as pl

from schemas.characters import PRIVATE_USE, SPACES, UNSEEN, assigned, half_width
from schemas.columns import Column
from schemas.values.cells import NOTHING, TEXT, Context, Reader, Step, also, counted, matching, tidied, too_long

__all__ = ["NAME"]

_REMARKS = "已故|亡故|死亡|去世|故|亡|户主|本人|申请人|代领|代|男|女|先生|女士|同志"
_MASKS = r"[*※✱✲⁎＊●○□■◯×✕]"
_MASKED = rf"{_MASKS}|^\p{{Han}}{{1,2}}[Xx]{{1,3}}$|^\p{{Han}}{{1,2}}某{{1,3}}\p{{Han}}?$|^某{{1,3}}\p{{Han}}?$"
_LOST = r"\?|\x{FFFD}|\x{3013}|\x{25A1}"  # what a program writes for a character that its encoding lacks

_STEPS: tuple[Step, ...] = (
    ("name_unseen", lambda text: text.str.replace_all(f"[{UNSEEN}]", "")),
    ("name_width", half_width),
    ("name_standard", assigned),
    (
        "name_dot",
        lambda text: text.str.replace_all(r"([\p{Han}a-zA-Z])\s*[·•‧∙・．.●⋅･‐·ᐧ⸱ꞏ᛫]\s*(\p{Han})", "$1·$2"),
    ),
    ("name_remark", lambda text: text.str.replace(rf"\s*[(\[]\s*(?:{_REMARKS})\s*[)\]]\s*$", "")),
    (
        "name_spaces",
        lambda text: (
            text.str.replace_all(f"[{SPACES}]+", " ")
            .str.strip_chars()
            .str.replace_all(r"([^\x00-\x7F]) +", "$1")
            .str.replace_all(r" +([^\x00-\x7F])", "$1")
        ),
    ),
)


def _quick(_column: Column, _context: Context) -> tuple[pl.Expr, pl.Expr]:
    return TEXT, NOTHING


def _slow(_column: Column, frame: pl.DataFrame, _context: Context) -> pl.LazyFrame:
    """Names: no space between Chinese characters, one middle dot (·), single spaces in others.

    A name that the sender hid or whose characters were lost is no name: the row stays without one.
    """
    lazy = tidied(frame, _STEPS)
    clean = pl.col("clean")
    lost = clean.str.contains(_LOST)
    masked = clean.str.contains(_MASKED) & ~lost
    lazy = lazy.with_columns(value=pl.when(~lost & ~masked).then(clean), reason=too_long())
    return also(
        lazy,
        counted(masked, "masked_names"),
        counted(lost, "damaged_names"),
        counted(clean.str.contains(f"[{PRIVATE_USE}]"), "private_use_names"),
        counted(~lost & ~masked & clean.str.contains("[0-9]"), "names_with_digits"),
    )


NAME = Reader(matching(r"^[\p{Han}--某〇]{2,8}(·[\p{Han}--某]{1,12})*$", _quick), _slow)
