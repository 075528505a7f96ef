"""How often a rule was right: questions answered by casework, and by the visits that departments deliver."""

from collections.abc import Sequence
from datetime import date

import polars as pl
from sqlalchemy import Engine

from registry.casework.acts import close
from registry.casework.objections import NewObjection, decide_objection, file_objection
from registry.casework.queue import QueueFilter, queue
from registry.casework.results import question_answers, question_outcomes, results_stamp
from registry.precision import precisions, told_precision, wilson
from registry.rulebook import measured, told_outcomes
from rules import rules_of
from rules.parameters import ParametersAt, load_parameters
from schemas.settings import Settings
from tests.unit.registry.casework.worlds import NOON, TODAY, World, asked, boss, many, one_family, task, world
from tests.unit.registry.examples import JUNE, edition, family, key, member

DAY = date(2026, 1, 31)
RULE = "high_inpatient_cost"
SUSPICION = rules_of("verify")[0].id
NO_ANSWERS = pl.DataFrame(schema={"rule_id": pl.String, "question": pl.String, "holds": pl.Boolean})


def _asked(number: int, rule: str = RULE) -> pl.DataFrame:
    return pl.DataFrame(
        {"rule_id": rule, "question": f"q{n}", "asked_on": DAY, "person_key": f"p{n}"} for n in range(number)
    )


def _visits(*told: tuple[str, date, bool]) -> pl.DataFrame:
    return pl.DataFrame(told, schema=["person_key", "visited_on", "holds"], orient="row")


def _answers(*told: tuple[str, str, bool]) -> pl.DataFrame:
    return pl.DataFrame(told, schema=NO_ANSWERS.schema, orient="row")


def _read(*, smallest: int) -> ParametersAt:
    held = {"rulebook.visit_months": 6, "rulebook.smallest_count": smallest}
    return load_parameters().replacing(held).as_of(DAY)


def test_the_first_visit_within_the_months_answers() -> None:
    """If this fails, a rule is praised or blamed for visits that had nothing to do with its question."""
    visits = _visits(
        ("p0", date(2026, 2, 1), True), ("p0", date(2026, 3, 1), False), ("p1", date(2026, 7, 31), False),
        ("p2", DAY, True), ("p2", date(2026, 8, 1), True), ("p3", date(2026, 2, 2), True),
    )  # fmt: skip
    found = precisions(_asked(4), visits, NO_ANSWERS, _read(smallest=1))[RULE]
    assert (found.answered, found.found) == (3, 2)


def test_what_a_case_found_about_a_question_goes_before_the_outcome_of_the_visit() -> None:
    """If this fails, a family in need makes every rule that asked about it right, or one visit counts twice."""
    visits = _visits(("p0", date(2026, 2, 1), True), ("p1", date(2026, 2, 1), True))
    answers = _answers((RULE, "q0", False), (RULE, "q2", True), (RULE, "of another year", True))
    found = precisions(_asked(4), visits, answers, _read(smallest=1))[RULE]
    assert (found.answered, found.found) == (3, 2)


def test_that_need_is_there_says_nothing_of_a_suspicion() -> None:
    """If this fails, each family that was found in need confirms whatever it was suspected of."""
    visits = _visits(("p0", date(2026, 2, 1), True))
    assert precisions(_asked(1, SUSPICION), visits, NO_ANSWERS, _read(smallest=1)) == {}
    answers = _answers((SUSPICION, "q0", False))
    found = precisions(_asked(1, SUSPICION), visits, answers, _read(smallest=1))[SUSPICION]
    assert (found.answered, found.found) == (1, 0)


def test_few_answers_give_no_share() -> None:
    """If this fails, one visited family can be recognised from the rule book."""
    found = precisions(_asked(1), _visits(("p0", date(2026, 2, 1), True)), NO_ANSWERS, _read(smallest=3))[RULE]
    assert (found.answered, found.found, found.low) == (1, None, None)
    assert "不显示" in told_precision(found)
    assert told_precision(None) == "还没有走访结果"


def test_the_interval_is_wilsons() -> None:
    """If this fails, a share of few visits looks surer than it is."""
    assert wilson(8, 10) == (4902, 9433)
    assert wilson(0, 10)[0] == 0
    assert wilson(10, 10)[1] == 10_000


def _closed_cases(here: World, outcomes: Sequence[str]) -> list[str]:
    """An edition with a family and case for each outcome; the case ids in the order of the outcomes."""
    here.publish(many(range(1, len(outcomes) + 1)))
    ids = sorted(each.case_id for each in queue(here.engine, QueueFilter(), actor=boss()).rows)
    for case_id, outcome in zip(ids, outcomes, strict=True):
        here.closed(case_id, outcome)
    return ids


def test_casework_reaches_the_rule_book(engine: Engine, settings: Settings) -> None:
    """If this fails, staff close cases for months, and nobody learns which rule sends them to the wrong doors."""
    here, read = world(engine, settings), load_parameters().as_of(JUNE)
    ids = _closed_cases(here, ["true_refer", "not_true", "true_include", "true_refer"])
    stamp = results_stamp(engine)
    found = measured(engine, settings, read)[RULE].precision
    assert found is not None
    assert (found.answered, found.found) == (4, 3)
    assert measured(engine, settings, read)[RULE].outcomes == {
        "true_include": None,
        "true_refer": None,
        "not_true": None,
    }
    every = question_outcomes(engine)["outcome"].to_list()
    assert sorted(every) == ["not_true", "true_include", "true_refer", "true_refer"]
    objection = file_objection(
        here.desk,
        NewObjection(family_id="H:2", against="case", case_id=ids[1], filed_by="self", filed_on=TODAY),
        actor=boss("clerk"),
        now=NOON,
    )
    decide_objection(here.desk, objection.objection_id, upheld=True, reason="核对了凭证", actor=boss("chief"), now=NOON)
    overturned = measured(engine, settings, read)[RULE].precision
    assert overturned is not None
    assert (overturned.answered, overturned.found) == (3, 3)
    assert results_stamp(engine) > stamp
    assert "not_true" not in question_outcomes(engine)["outcome"].to_list()


def test_only_results_that_were_approved_count(engine: Engine, settings: Settings) -> None:
    """If this fails, what one worker noted at the door is told as found before a second person has agreed."""
    here = world(engine, settings)
    here.publish(one_family())
    case_id = here.only()
    here.concluded(case_id, "not_true")
    assert question_answers(engine).is_empty()
    close(here.desk, case_id, actor=boss(), now=NOON)
    assert question_answers(engine).select("rule_id", "holds").rows() == [(RULE, False)]


def test_the_desk_answers_suspicions(engine: Engine, settings: Settings) -> None:
    """If this fails, nobody learns how often a suspicion was wrong, because only visits of need are delivered."""
    here = world(engine, settings)
    here.publish(
        edition(
            listed=[family("H:100", 1)],
            members=[member("H:100", 1)],
            warnings=[asked(2, "H:100", 1, kind="verify", rule_id=SUSPICION, person_key=key(1))],
            tasks=[task(2, "H:100", audience="verify", rules=SUSPICION)],
        )
    )
    case_id = here.only(audience="verify")
    here.dispatched(case_id, "boss")
    here.visit_as(case_id, boss(), "true_refer")
    close(here.desk, case_id, actor=boss("chief"), now=NOON)
    assert question_answers(engine).select("rule_id", "holds").rows() == [(SUSPICION, True)]


def test_results_are_told_where_they_are_not_few() -> None:
    """If this fails, a rule that leads to closed doors looks like any other, or one family can be recognised."""
    assert told_outcomes({"true_refer": 12, "no_contact": None}) == "属实-转介 12，无法联系 很少"
    assert told_outcomes({}) == "还没有办结的核查任务"
