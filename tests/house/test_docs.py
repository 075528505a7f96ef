"""The documentation builds without a complaint, and its pages load nothing from elsewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.files import ROOT

_LARGEST_PICTURE = 150_000


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built pages."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    built = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603 - ours
    assert built.returncode == 0, built.stderr
    return folder


def test_the_pages_load_nothing_from_elsewhere(site: Path) -> None:
    """Otherwise an office without a network sees bare pages, and others learn who reads them."""
    pages = list(site.rglob("*.html"))
    assert pages
    pattern = r"<(?:script|img|iframe)[^>]+src=\"https?:|<link[^>]+href=\"https?:|@import|url\(['\"]?https?:"
    assert {page.name for page in pages if re.search(pattern, page.read_text(encoding="utf-8"))} == set()


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("index.html", "make run"),
        ("command-line.html", "DOUDI_HOME"),
        ("rule-book.html", "low_income_family"),
        ("parameters.html", "100,000"),
        ("feeds.html", "政务数据共享条例"),
        ("data-dictionary.html", "身份证号"),
        ("codes.html", "最低生活保障"),
    ],
)
def test_the_generated_pages_say_what_the_code_declares(site: Path, page: str, text: str) -> None:
    """Otherwise the documentation is empty where a reader looks something up."""
    assert text in (site / page).read_text(encoding="utf-8")


def test_pictures_are_small() -> None:
    """Otherwise every clone carries megabytes of screenshots."""
    pictures = list((ROOT / "docs" / "images").iterdir())
    assert pictures
    assert [each.name for each in pictures if each.stat().st_size > _LARGEST_PICTURE] == []
