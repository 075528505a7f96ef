"""Sentences keep how they were made, whatever becomes of them."""

from copy import deepcopy

import pytest
from pydantic import BaseModel

from schemas.errors import UnreadableFileError
from schemas.receipts import Receipt
from schemas.told import Kept, Listed, Told, Words, kept, told_of

_ENGLISH = {
    "%(what)s，计 %(points)s 分，占 5%%": "%(what)s: %(points)s points, 5%%",
    "近期失业": "out of work",
    "，": ", ",
    "已核实": "checked",
}
_SENTENCE = Listed([Told("%(what)s，计 %(points)s 分，占 5%%", what="近期失业", points=3), "", "已核实"])


def _english(message: str) -> str:
    return _ENGLISH.get(message, message)


class _Held(BaseModel):
    plain: Words
    whole: Kept


def test_a_sentence_is_a_text_in_chinese() -> None:
    """If this fails, letters, workbooks and commands print something else than the sentence."""
    assert _SENTENCE == "近期失业，计 3 分，占 5%，已核实"


def test_it_is_said_in_another_language_with_its_values() -> None:
    """If this fails, an English reader gets a sentence half in Chinese, or with a value lost."""
    assert _SENTENCE.said(_english) == "out of work: 3 points, 5%, checked"
    assert Told("没有这样的词").said(_english) == "没有这样的词"


@pytest.mark.parametrize("again", [deepcopy, lambda told: told_of(kept(told))])
def test_it_survives_being_copied_and_kept(again: object) -> None:
    """If this fails, a page that reads what was kept falls back into Chinese."""
    assert again(_SENTENCE).said(_english) == _SENTENCE.said(_english)  # type: ignore[operator]


def test_a_model_keeps_it() -> None:
    """If this fails, sentences lose what they were made of on their way to a page, or in a file."""
    held = _Held(plain=_SENTENCE, whole=_SENTENCE)
    read = _Held.model_validate_json(held.model_dump_json())
    assert held.plain is _SENTENCE
    assert isinstance(read.whole, Told)
    assert read.whole.said(_english) == _SENTENCE.said(_english)
    assert read.plain == read.whole == _SENTENCE
    assert _Held(plain="甲", whole="乙").model_dump() == {"plain": "甲", "whole": "乙"}


def test_a_receipt_tells_why_a_file_was_refused_in_either_language() -> None:
    """If this fails, why a file was not taken is in Chinese alone, or receipts of earlier versions are lost."""
    error = UnreadableFileError(Told("第%(row)s行", row=3), file="a.csv", sheet="甲")
    names = "delivery_id", "feed", "month", "sender", "file_name", "sha256", "refusal_code", "refusal_title"
    given = dict.fromkeys(names, "x")
    old = Receipt.model_validate(given | {"revision": 1, "status": "refused", "refusal_message": str(error)})
    new = Receipt.model_validate_json(old.model_copy(update={"refusal_told": error.told}).model_dump_json())
    assert old.refusal == new.refusal == str(error) == "a.csv的工作表“甲”: 第3行"
    assert isinstance(new.refusal, Told)
    assert not isinstance(old.refusal, Told)
