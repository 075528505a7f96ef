"""What was measured with a rule: counts of months."""

from sqlalchemy import Engine

from editions import rulebook as rulebook_pages
from editions.rulebook import rule_pages, sql_of
from registry.rulebook import SUBJECT_CODES, measured
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.unit.registry.examples import JUNE, edition, family, published, two_families


def test_counts_of_a_published_month(engine: Engine, settings: Settings) -> None:
    """If this fails, the rule book shows counts that the list does not have, or gives a small one away."""
    read = load_parameters().as_of(JUNE)
    assert measured(engine, settings, read) == {}
    published(engine, two_families())
    found = measured(engine, settings, read)
    assert [each.as_of for each in found["temporary_assistance"].months] == [JUNE]
    assert found["temporary_assistance"].months[0].count is None  # one family: withheld
    assert found["exited_assistance"].months[0].count == 0
    assert found["temporary_assistance"].precision is None


def _listed(number: int, **told: str) -> list[dict[str, object]]:
    first = {"yellow": 0, "orange": 10, "red": 20}[told["tier"]]
    return [family(f"H:{first + each}", first + each + 1, **told) for each in range(number)]


def test_tiers_classes_measures_and_status_are_counted_by_month(engine: Engine, settings: Settings) -> None:
    """If this fails, nobody sees in the rule book whether a change of the points moved the tiers."""
    listed = [
        *_listed(5, tier="yellow", classes="illness;education"),
        *_listed(4, tier="orange", classes="illness"),
        *_listed(1, tier="red", classes=""),
    ]
    suggested = [
        {"family_id": each["family_id"], "measure": "medical_aid", "reason": reason}
        for each in listed[:4]
        for reason in ("a", "b")
    ]
    published(engine, edition(listed=listed, measures=suggested))
    found = measured(engine, settings, load_parameters().as_of(JUNE))
    counts = {name: {code: each[0].count for code, each in found[name].parts.items()} for name in SUBJECT_CODES}
    assert (counts["classes"]["illness"], counts["classes"]["education"], counts["classes"]["housing"]) == (9, 5, 0)
    assert counts["measures"]["medical_aid"] == 4, "a family counts once, whatever the number of reasons"
    assert counts["status"]["listed"] == 10
    # one red family is few; without a second gap it would be ten less nine
    assert counts["tiers"] == {"red": None, "orange": None, "yellow": 5}
    assert found["tiers"].months == ()
    assert found["tiers"].parts["yellow"][0].as_of == JUNE


def test_every_page_says_what_it_must() -> None:
    """If this fails, a rule stands in the book without law, predicates or cases, or its SQL cannot be made."""
    pages = rule_pages(load_parameters())
    assert {"status", "tiers", "classes", "measures", "low_income_family"} <= set(pages)
    for page in pages.values():
        assert page.laws
        assert page.predicates
        assert page.cases
    assert "income_rows" in sql_of("low_income_family")[0]
    assert sql_of("status")[0] == ""
    assert sql_of("status")[1]


def test_the_page_of_status_tells_how_people_stood_in_words() -> None:
    """If this fails, an official cannot see from the cases when somebody leaves by rule and when a person decides."""
    cases = {case.name: case.outcome for case in rule_pages(load_parameters())["status"].cases}
    assert cases["status.window_ran_out@2026-03-15"] == "a：近三年内退出救助的对象 在列"
    assert cases["status.window_ran_out@2026-03-16"] == "a：近三年内退出救助的对象 依规退出"
    assert cases["status.window_ran_out_before_anything"] == "a：不在列"


def test_the_sql_can_be_told_by_a_module_that_is_imported_anew() -> None:
    """If this fails, the rule book breaks in a process where the names of the tables are taken already."""
    before = rulebook_pages.sql_of("exited_assistance")
    rulebook_pages._made_once.cache_clear()  # noqa: SLF001  # as a new import does
    assert rulebook_pages.sql_of("exited_assistance") == before


def test_the_book_is_opened_without_reading_every_case() -> None:
    """If this fails, the first reader of the rule book waits for seconds: the cases are those of single pages."""
    rulebook_pages._cases.cache_clear()  # noqa: SLF001
    pages = rulebook_pages.rule_pages(load_parameters())
    assert rulebook_pages._cases.cache_info().currsize == 0  # noqa: SLF001
    assert pages["low_income_family"].cases
