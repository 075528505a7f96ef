"""What pages say when something was not done: a sentence of the reader's language, with the figures of the case."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import portal
import registry
from portal.faults import said
from portal.language import speak
from registry.errors import AccountError, CaseError, SignInError

_SHOWN = {
    "CaseError",
    "SamplingError",
    "NoSampleError",
    "CaseConflictError",
    "AccountError",
    "NoAccountError",
    "SavedViewError",
}
_CATALOGUE = Path(portal.__file__).parent / "locale" / "zh" / "LC_MESSAGES" / "errors.po"


def _raised() -> Iterator[tuple[str, ast.expr]]:
    """Where the errors that pages show are made, and their text."""
    for room in (registry, portal):
        for path in sorted(Path(str(room.__file__)).parent.rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _SHOWN:
                    yield f"{path.name}:{node.lineno}", node.args[0]


def _chinese() -> dict[str, str]:
    with _CATALOGUE.open("rb") as opened:
        return {str(each.id): str(each.string) for each in read_po(opened, abort_invalid=True) if each.id}


def test_every_error_that_pages_show_has_a_chinese_sentence() -> None:
    """If this fails, an official is told in English why a result was not taken, or a text with values is not found."""
    known = _chinese()
    texts = dict(_raised())
    assert len(texts) > 50
    assert [place for place, text in texts.items() if not isinstance(text, ast.Constant)] == []
    assert {str(text.value) for text in texts.values() if isinstance(text, ast.Constant)} - set(known) == set()


def test_no_sentence_asks_for_a_value_that_its_error_has_not() -> None:
    """If this fails, the page breaks at the moment somebody has to be told something."""
    named = re.compile(r"%\((\w+)\)s")
    for text, sentence in _chinese().items():
        assert set(named.findall(sentence)) <= set(named.findall(text)), text


@pytest.fixture(autouse=True)
def _chinese_again() -> Iterator[None]:
    yield
    speak("zh")


def test_figures_and_titles_stand_in_the_language_of_the_reader() -> None:
    """If this fails, a sentence is half in another language."""
    error = CaseError("the exit is %(state)s already", state="已同意")
    assert str(error) == "the exit is 已同意 already"
    assert said(error) == "此项拟退出已同意。"
    speak("en")
    assert said(error).startswith("the exit is ")
    assert said(SignInError(15)) != str(SignInError(15))


def test_a_percent_sign_of_a_text_without_values_is_left_alone() -> None:
    """If this fails, an error about a share ends in another error."""
    assert said(AccountError("95% of it")) == "95% of it"
