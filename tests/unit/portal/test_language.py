"""What is marked for translation has an English text, and catalogues hold together."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import portal
import registry.errors
import schemas.errors
from portal.access import local_path
from portal.app import PAGES
from registry.roles import PERMISSIONS, PURPOSES, ROLES
from schemas.errors import DeliveryError
from schemas.reasons import CAVEATS, REASONS, SKIPS, TIDIED

_ROOM = Path(portal.__file__).parent
_CATALOGUES = sorted((_ROOM / "locale" / "en" / "LC_MESSAGES").glob("*.po"))
_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2.ext.babel_extract")]
_PLAIN = {"doudi 兜底"}  # the name itself
_OPTIONS = {"**.html": {"trimmed": "true"}}


def _marked() -> Iterator[tuple[str, str]]:
    """Every message that code and templates mark, with where it stands."""
    for name, _, message, *_ in extract_from_dir(_ROOM, _METHODS, _OPTIONS, keywords={"gettext": None, "_": None}):
        yield (message if isinstance(message, str) else message[0]), name


def translated() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in _CATALOGUES:
        with path.open("rb") as opened:
            found |= {str(each.id): str(each.string) for each in read_po(opened, abort_invalid=True) if each.id}
    return found


def test_every_marked_message_has_an_english_text() -> None:
    """If this fails, an English page falls back into Chinese in the middle of a sentence."""
    known = translated()
    assert {(message, name) for message, name in _marked() if not known.get(message)} == set()


@pytest.mark.parametrize("codes", [PERMISSIONS, PURPOSES, ROLES], ids=lambda each: each.name)
def test_titles_that_are_told_have_an_english_text(codes: object) -> None:
    """If this fails, an English reader is refused in Chinese: titles are handed over, so no tool finds them."""
    known = translated()
    assert [each for each in codes.codes if not known.get(codes.title_of(each))] == []  # type: ignore[attr-defined]


def test_codes_of_receipts_have_an_english_text() -> None:
    """If this fails, an English reader is told in Chinese what became of a file: no tool finds these words."""
    known = translated()
    words = [word for reason in REASONS.values() for word in (reason.title, reason.fix)]
    words += [*SKIPS.values(), *TIDIED.values(), *CAVEATS.values()]
    errors = [each for module in (schemas.errors, registry.errors) for each in vars(module).values()]
    words += [each.title for each in errors if isinstance(each, type) and issubclass(each, DeliveryError)]
    assert [each for each in words if not known.get(each)] == []


def test_the_navigation_has_an_english_text() -> None:
    """If this fails, an English reader cannot find a page: its title is declared with the page, so no tool finds it."""
    known = translated()
    assert [each.nav.title for each in PAGES if each.nav and not known.get(each.nav.title)] == []


def test_titles_of_pages_have_an_english_text() -> None:
    """If this fails, an English page is headed in Chinese: its title is handed over, so no tool finds it."""
    known = translated()
    texts = [path.read_text(encoding="utf-8") for path in _ROOM.rglob("*.py")]
    titles = {each for text in texts for each in re.findall(r'\btitle="([^"]*[\u4e00-\u9fff][^"]*)"', text)}
    assert {each for each in titles - _PLAIN if not known.get(each)} == set()


def test_values_stand_in_both_languages() -> None:
    """If this fails, a page breaks in one language only, because a value's name was translated."""
    named = re.compile(r"%\((\w+)\)s")
    for message, text in translated().items():
        assert sorted(named.findall(message)) == sorted(named.findall(text)), message


@pytest.mark.parametrize("asked", ["", "x", "//x", "/\\x", "https://x", "/a\nb", "javascript:x"])
def test_only_addresses_of_our_own_are_gone_on_to(asked: str) -> None:
    """If this fails, a link to us ends on somebody else's page."""
    assert local_path(asked) == "/"
