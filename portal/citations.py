"""Citations in the reader's language: what a law is called, its number, its article.

What belongs here: taking a citation apart, which is written in Chinese as its document has it. Names of laws and what
is cited of them stand in the catalogue. A citation of which any part has no translation, as one that a district wrote
itself, stays as it is written.
"""

import re
from functools import lru_cache

from portal.language import SOURCE, gettext, locale

__all__ = ["citation"]

_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_ISSUED = re.compile(r"(国办发|国发|民发)〔(\d{4})〕(\d+)号")
_DECREE = re.compile(r"国务院令第(\d+)号")
_SINCE = re.compile(r"(\d{4}-\d\d-\d\d)起?施行")
_PLACE = re.compile(r"\s*第([零一二三四五六七八九十百千]+)(条|章)")
_ISSUERS = {"国办发": "Guo Ban Fa", "国发": "Guo Fa", "民发": "Min Fa"}
_PLACES = {"条": "art.", "章": "ch."}
_SIGNS = str.maketrans(
    {"；": "; ", "、": ", ", "，": ", ", "：": ": ", "（": " (", "）": ") ", "(": " (", ")": ") ", "《": " ", "》": " "}
)
_CHINESE = re.compile("(?:[0-9]{4}—[0-9]{4})?[^ -~；、，：（）《》]*[\u4e00-\u9fff][^；、，：（）《》(); ]*")
_HAN = re.compile("[\u4e00-\u9fff]")
_SPACES = re.compile(r"\s+(?=[;,:)])|(?<=\() +")
_JOINTS = re.compile(r"(?<=[A-Za-z)]) (?=(?:art|ch)\. )|(?<=No\. \d\d) (?=[A-Z])")
_MOST_KEPT = 1_024


def citation(text: str) -> str:
    """The citation in the reader's language; in Chinese where a part of it has no translation."""
    return text if locale().language == SOURCE else _told(locale().language, text)


@lru_cache(_MOST_KEPT)
def _told(_language: str, text: str) -> str:
    said = _CHINESE.sub(lambda found: gettext(found.group()), _plain(text)).translate(_SIGNS)
    said = _JOINTS.sub(", ", _SPACES.sub("", " ".join(said.split())))
    return text if _HAN.search(said) else said


def _plain(text: str) -> str:
    """With numbers of documents, articles and chapters in Latin letters."""
    text = _ISSUED.sub(lambda found: f"{_ISSUERS[found[1]]} [{found[2]}] No. {found[3]} ", text)
    text = _DECREE.sub(r"State Council Decree No. \1", text)
    text = _SINCE.sub(r"in force from \1", text)
    return _PLACE.sub(lambda found: f" {_PLACES[found[2]]} {_number(found[1])}", text)


def _number(numeral: str) -> int:
    """What a Chinese numeral below ten thousand says."""
    total = digit = 0
    for each in numeral:
        if each in _UNITS:
            total += (digit or 1) * _UNITS[each]
            digit = 0
        else:
            digit = _DIGITS[each]
    return total + digit
