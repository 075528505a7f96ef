"""Chinese sentences have Chinese punctuation: commas, semicolons and colons of the other kind are a typist's slip."""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.files import ROOT

_PARTS = ("editions", "pipelines", "portal", "registry", "schemas")
_READING = ("schemas/values/", "schemas/feeds/", "schemas/forms/")  # patterns and headings as departments write them
_TAGS = "portal/api/operations.py"  # "Chinese: English", as its readers see them side by side
_SLIP = re.compile(r"[\u4e00-\u9fff”）][,;]|[,;][\u4e00-\u9fff“（]|[\u4e00-\u9fff”）]:[\u4e00-\u9fff“%{]")


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    """Lines and texts of a module or a template; no patterns, and no words to programmers."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        yield from enumerate(source.splitlines(), start=1)
        return
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.STRING and not re.match(r'[a-zA-Z]*[rR]|[a-zA-Z]*"""', token.string):
            yield token.start[0], token.string


def _slips(path: Path) -> list[str]:
    return [f"{line}: {text.strip()[:80]}" for line, text in _texts(path) if _SLIP.search(text)]


@pytest.mark.parametrize("part", _PARTS)
def test_chinese_sentences_have_chinese_punctuation(part: str) -> None:
    """If this fails, a receipt, a page or a letter looks as if a program had put it together."""
    paths = [each for each in sorted((ROOT / part).rglob("*")) if each.suffix in {".py", ".html"}]
    named = {each.relative_to(ROOT).as_posix(): each for each in paths}
    looked_at = {name: path for name, path in named.items() if not name.startswith(_READING) and name != _TAGS}
    assert looked_at
    assert not {name: found for name, path in looked_at.items() if (found := _slips(path))}


@pytest.mark.parametrize("slip", ['"甲,乙"', '"甲:乙"', '"（甲）;{part}"', 'f"甲:{part}"'])
def test_a_slip_is_seen(tmp_path: Path, slip: str) -> None:
    """If this fails, the test above sees nothing and always passes."""
    module = tmp_path / "module.py"
    module.write_text(f'"""说明,不算."""\nx = {slip}\ny = r"[,;甲]"\n', encoding="utf-8")
    assert [each.partition(":")[0] for each in _slips(module)] == ["2"]
