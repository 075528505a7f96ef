"""What is marked for translation has an English text, and catalogues hold together."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import portal
import registry.errors
import schemas.errors
from editions.lineage import BEFORE, FEED, edition_lineage
from editions.lineage_words import origins
from editions.rulebook import rule_pages
from portal.access import local_path
from portal.app import PAGES
from portal.audit_words import ACTIONS, action_title, coded
from portal.citations import citation
from portal.language import SOURCE, said, speak
from portal.told import TOLD
from registry.auditing.catalogue import CATALOGUE
from registry.casework.codes import OBJECTION_STATES
from registry.roles import PERMISSIONS, PURPOSES, ROLES
from registry.score_sentences import name_of
from rules import all_rules
from rules.measures import CONDITIONS
from rules.parameters import load_parameters
from rules.parameters.model import UNITS
from schemas.contract import all_feeds
from schemas.errors import DeliveryError
from schemas.reasons import CAVEATS, REASONS, SKIPS, TIDIED
from schemas.told import Told
from scoring.features import MODEL_FEATURES

_ROOM = Path(portal.__file__).parent
_CATALOGUES = sorted((_ROOM / "locale" / "en" / "LC_MESSAGES").glob("*.po"))
_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2.ext.babel_extract")]
_PLAIN = {"doudi 兜底"}  # the name itself
_SENTENCES = 100
_ROOMS = ("schemas", "rules", "linkage", "scoring", "editions", "registry", "portal")
_TELLERS = {"Told", "Listed", "_plain", "_of"}
_REFUSALS = {
    name
    for module in (schemas.errors, registry.errors)
    for name, each in vars(module).items()
    if isinstance(each, type) and issubclass(each, DeliveryError)
}
_OPTIONS = {"**.html": {"trimmed": "true"}}


def _marked() -> Iterator[tuple[str, str]]:
    """Every message that code and templates mark, with where it stands."""
    for name, _, message, *_ in extract_from_dir(_ROOM, _METHODS, _OPTIONS, keywords={"gettext": None, "_": None}):
        yield (message if isinstance(message, str) else message[0]), name


def _made(call: ast.Call, held: dict[str, str]) -> Iterator[str]:
    """The messages that a sentence may be made of: texts, also of a constant, or where one of two is chosen."""
    for each in ast.walk(call.args[0]):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value
        elif isinstance(each, ast.Name) and each.id in held:
            yield held[each.id]


def _told_in(path: Path) -> Iterator[str]:
    """The messages of one module: of sentences, and of why a delivered file cannot be taken."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    held = {
        each.targets[0].id: each.value.value
        for each in module.body
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name)
        if isinstance(each.value, ast.Constant) and isinstance(each.value.value, str)
    }
    for each in ast.walk(module):
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.args:
            name = each.func.id
            if name in _TELLERS or name in _REFUSALS:
                yield from _made(each, held)


def told_messages() -> set[str]:
    """Every message of which the program makes a sentence, in any room."""
    paths = (path for room in _ROOMS for path in (_ROOM.parent / room).rglob("*.py"))
    return {message for path in paths for message in _told_in(path)}


def translated() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in _CATALOGUES:
        with path.open("rb") as opened:
            for each in read_po(opened, abort_invalid=True):
                message, text = (each.id[0], each.string[-1]) if each.pluralizable else (each.id, each.string)
                found |= {str(message): str(text)} if message else {}
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


def test_sentences_have_an_english_text() -> None:
    """If this fails, an English reader meets a reason, a fact or a step in Chinese: it is made far from the pages."""
    known, messages = translated(), told_messages()
    assert len(messages) > _SENTENCES
    assert {each for each in messages if not known.get(each) and not each.isascii()} == set()


def test_what_is_declared_has_an_english_text() -> None:
    """If this fails, an English reader meets a question, a reason or a title of a rule in Chinese."""
    known, parameters, rules = translated(), load_parameters(), all_rules().values()
    words = [word for rule in rules for word in (rule.question, rule.same_fact, *rule.bases.values())]
    words += [word for page in rule_pages(parameters).values() for word in page.predicates.values()]
    words += [each.sentence for each in CONDITIONS.values()] + [each for each in UNITS.values() if not each.isascii()]
    words += [word for each in MODEL_FEATURES for word in (each.title, name_of(each.name), each.meaning, each.missing)]
    words += [each.title for each in parameters.by_name.values()]
    words += [word for each in CATALOGUE.values() for word in (each.title, each.proves)]
    assert {each for each in words if each and not isinstance(each, Told) and not known.get(each)} == set()


def test_what_a_column_comes_from_has_an_english_text() -> None:
    """If this fails, an English auditor reads where a value comes from as `Before:list`."""
    known = translated()
    inputs = [each for each in origins(edition_lineage().sources) if not each.name.startswith(FEED)]
    assert {each.name for each in inputs if each.name.startswith(BEFORE)}
    assert [each.title for each in inputs if not known.get(each.title)] == []


def test_citations_are_told_in_english() -> None:
    """If this fails, an English reader cannot tell by which law a family is listed."""
    parameters, rules = load_parameters(), all_rules().values()
    cited = {dated.citation for each in parameters.by_name.values() for dated in each.values}
    cited |= {each.legal_basis for each in (*rules, *CONDITIONS.values(), *all_feeds().values())}
    speak("en")
    try:
        assert {each for each in cited if not citation(each).isascii() and "—" not in citation(each)} == set()
        assert citation("社会救助暂行办法（国务院令第649号） 第四章、第九章；本区自定") == (
            "社会救助暂行办法（国务院令第649号） 第四章、第九章；本区自定"
        )
        assert citation("中华人民共和国民法典 第一千零六十七条") == "Civil Code, art. 1067"
    finally:
        speak(SOURCE)


def test_the_navigation_has_an_english_text() -> None:
    """If this fails, an English reader cannot find a page: its title is declared with the page, so no tool finds it."""
    known = translated()
    assert [each.nav.title for each in PAGES if each.nav and not known.get(each.nav.title)] == []


def test_what_is_said_after_an_act_has_an_english_text() -> None:
    """If this fails, an English reader is told in Chinese that the form was taken: the words are handed over."""
    known = translated()
    assert [each for each in TOLD.values() if not known.get(each)] == []


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


def test_one_is_not_told_as_several() -> None:
    """If this fails, an English page says "1 sources"."""
    speak("en")
    try:
        told = [f"{said('%(n)s 个来源', n=each)}" for each in (0, 1, "1", "1,001")]
        assert told == ["0 sources", "1 source", "1 source", "1,001 sources"]
        assert f"{said('已联系 %(n)s 次', n=1)}, {said('已联系 %(n)s 次', n=2)}" == "contacted once, contacted 2 times"
    finally:
        speak(SOURCE)
    assert said("%(n)s 个来源", n=1) == "1 个来源"


def test_acts_of_the_audit_chain_are_told_in_words() -> None:
    """If this fails, an auditor reads `exit_agreed` or `measure_open` where an act should stand."""
    known = translated()
    words = [each for each in ACTIONS.values() if not isinstance(each, Told)]
    assert [each for each in words if not known.get(each)] == []
    assert [action_title(each) for each in ("exit_agreed", "measure_open")] == [
        "拟退出：拟同意退出",
        "帮扶措施：待办理",
    ]
    assert coded("measure_done", "what")["medical_aid"] == "医疗救助"


@pytest.mark.parametrize("asked", ["", "x", "//x", "/\\x", "https://x", "/a\nb", "javascript:x"])
def test_only_addresses_of_our_own_are_gone_on_to(asked: str) -> None:
    """If this fails, a link to us ends on somebody else's page."""
    assert local_path(asked) == "/"


def test_opposite_decisions_do_not_sound_alike() -> None:
    """If this fails, a supervisor who reads English presses the other of two buttons."""
    known = translated()
    assert "upheld" not in known[OBJECTION_STATES.title_of("dismissed")].casefold()


def test_parts_of_the_administration_are_named_as_pages() -> None:
    """If this fails, a page with all accounts is called Account, like the column of one."""
    known = translated()
    assert [known[each] for each in ("账号一览", "管辖范围", "参数一览")] == ["Accounts", "Areas", "Parameters"]
    template = (_ROOM / "templates" / "_admin_parts.html").read_text(encoding="utf-8")
    assert set(re.findall(r'_\("([^"]+)"\)', template)) >= {"账号一览", "管辖范围", "参数一览"}
