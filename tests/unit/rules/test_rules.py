"""What every rule promises: its declaration is true, and its rows are of the declared shape."""

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import narwhals as nw
import polars as pl
import pytest

from editions.grounds import GROUNDS
from editions.hits import evaluate, rule_context
from rules import Rule, RuleContext, all_rules, get_rule, rules_of
from rules.allowances import READS
from rules.base import Frame
from rules.errors import RuleDeclarationError
from rules.parameters import ParametersAt, load_parameters
from rules.parameters.model import DatedValue, Parameter, Parameters
from rules.tiers import TIERS
from schemas.codes import CODE_LISTS
from schemas.errors import UnknownNameError
from schemas.tables import get_table
from tests.unit.rules.tables import AS_OF, all_tables, member, shipped

RULES = list(all_rules().values())


# What nobody may read on a slip that a worker carries through the yard (safeguard 8).
BETRAYING = {
    *(label for name in ("programme", "illness", "disability_category") for each in CODE_LISTS[name].labels.values()
      for label in each),
    *GROUNDS.labels["verified_inclusion"],
    *(rule.title for rule in rules_of("group")),
    *TIERS.values(),
    "残疾", "重残", "孤儿", "困境儿童", "低收入", "服刑", "戒毒", "失信", "等级", "评分", "分数",
}  # fmt: skip


class _Watched(Mapping[str, Any]):
    """A mapping that remembers what was asked for."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content, self.asked = content, set[str]()

    def __getitem__(self, name: str) -> Any:
        self.asked.add(name)
        return self.content[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.content)

    def __len__(self) -> int:
        return len(self.content)


def _watched(tables: Mapping[str, pl.LazyFrame]) -> tuple[RuleContext, _Watched, _Watched]:
    frames = _Watched({name: nw.from_native(frame) for name, frame in tables.items()})
    numbers = _Watched(load_parameters().by_name)
    return RuleContext(AS_OF, ParametersAt(Parameters(numbers), AS_OF), frames), frames, numbers


@pytest.mark.parametrize("rule", rules_of("need"), ids=lambda rule: rule.id)
def test_the_question_of_a_slip_betrays_nothing(rule: Rule) -> None:
    """A neighbour who sees the slip would learn of a programme, a diagnosis or a tier of the family."""
    assert [word for word in BETRAYING if word in rule.question] == []
    assert rule.question.endswith("？")  # it asks, and states no finding


def test_the_six_groups_and_enough_warnings_are_there() -> None:
    """A module that is not found is a group that nobody is in."""
    assert {rule.id for rule in rules_of("group")} == {
        "exited_assistance",
        "rejected_application",
        "temporary_assistance",
        "other_department_aid",
        "obligor_family",
        "low_income_family",
    }
    assert len(rules_of("need")) >= 12
    assert len(rules_of("verify")) >= 8
    assert len(rules_of("feed")) >= 6


def test_rules_stand_in_order() -> None:
    """Pages and reports would list the law in another order on each machine."""
    every = list(all_rules())
    groups = [rule.id for rule in rules_of("group")]
    assert every == sorted(groups) + sorted(set(every) - set(groups))
    assert [rule.id for rule in rules_of("need", "feed")] == [
        rule.id for rule in RULES if rule.kind in {"need", "feed"}
    ]


def test_a_module_declares_the_rule_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule would be looked for under one name and told under another."""
    other = replace(get_rule("low_income_family"), id="another")
    monkeypatch.setattr(importlib.import_module("rules.groups.low_income_family"), "RULE", other)
    with pytest.raises(RuleDeclarationError, match=r"low_income_family declares the rule 'another'"):
        all_rules.__wrapped__()


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_a_rule_reads_what_it_says(rule: Rule) -> None:
    """The pages that show what a rule looks at would be wrong, and an asset would miss its dependency."""
    context, frames, numbers = _watched(all_tables())
    found = rule.evaluate(context).to_native().collect()
    assert found.columns == get_table("hits").schema.names()
    assert dict(found.schema) == dict(get_table("hits").schema)
    assert found.is_empty()
    # Which allowance excludes from which is a parameter: the tables are those of all kinds.
    by_parameter = set(READS) if set(READS) <= set(rule.reads) else set()
    assert frames.asked | by_parameter == set(rule.reads)
    assert numbers.asked <= set(rule.parameters)


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_a_rule_is_told_in_chinese(rule: Rule) -> None:
    """Staff and families read titles, questions and reasons; an English identifier tells them nothing."""
    spoken = [rule.title, *rule.bases.values(), *([rule.question] if rule.question else [])]
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in text) for text in spoken)
    assert rule.title_en
    assert rule.legal_basis


def test_an_undeclared_predicate_is_an_error() -> None:
    """An entry would be explained by an empty sentence."""
    for rule in RULES:
        with pytest.raises(UnknownNameError):
            rule.found("no such predicate")


def test_an_unknown_rule_is_an_error() -> None:
    """A filter by a misspelt group must never mean everybody."""
    with pytest.raises(UnknownNameError, match="exited_assistance"):
        get_rule("exited_assistence")


def test_a_rule_may_not_contradict_itself() -> None:
    """A warning without a question sends a visitor out with nothing to ask."""

    def nothing(context: RuleContext) -> Frame:
        return context.table("hits")

    with pytest.raises(RuleDeclarationError, match="question"):
        Rule(
            id="x", title="x", title_en="x", kind="need", legal_basis="x", evaluate=nothing, reads=(), bases={"b": "b"}
        )
    with pytest.raises(RuleDeclarationError, match="same fact"):
        Rule(
            id="x",
            title="x",
            title_en="x",
            kind="feed",
            legal_basis="x",
            evaluate=nothing,
            reads=(),
            bases={"b": "b"},
            question="x",
        )
    with pytest.raises(RuleDeclarationError, match="same fact"):
        Rule(
            id="x",
            title="x",
            title_en="x",
            kind="group",
            legal_basis="x",
            evaluate=nothing,
            reads=(),
            bases={"b": "b"},
            same_fact="x",
        )
    with pytest.raises(RuleDeclarationError, match="predicate"):
        Rule(id="x", title="x", title_en="x", kind="group", legal_basis="x", evaluate=nothing, reads=(), bases={})


def test_hits_carry_evidence_and_its_last_day() -> None:
    """Without the source row and the last day nobody can check the entry or foresee its end."""
    spell = {
        "person_key": "a",
        "started_on": AS_OF.replace(year=2020),
        "ended_on": AS_OF.replace(year=2024),
        "on_register": False,
        "source_feed": "assistance_register",
        "source_delivery": "d1",
        "source_sheet": "Sheet1",
        "source_row": 7,
    }
    tables = all_tables(members=[member("a", "P:a")], register_spells=[spell])
    hit = evaluate(rules_of("group"), rule_context(tables, AS_OF, shipped())).collect().row(0, named=True)
    assert hit["valid_until"] == AS_OF.replace(year=2027)
    assert hit["evidence_on"] == AS_OF.replace(year=2024)
    assert (hit["source_delivery"], hit["source_sheet"], hit["source_row"]) == ("d1", "Sheet1", 7)
    assert get_rule("exited_assistance").found(hit["basis"])


def test_income_amounts_of_a_family_add_up() -> None:
    """The explanation of a low-income entry would show amounts that do not give the family's income."""
    income = [
        {"person_key": "a", "income_kind": "wages", "period": "2025-03", "counted_fen": 300_000, "counted": True},
        {"person_key": "a", "income_kind": "wages", "period": "2025-04", "counted_fen": 200_000, "counted": True},
        {"person_key": "a", "income_kind": "contribution", "period": "2025-04", "counted_fen": 0, "counted": False},
        {"person_key": "b", "income_kind": "business", "period": "2025", "counted_fen": 100_000, "counted": True},
    ]
    source = {"source_feed": "f", "source_delivery": "d", "source_sheet": "", "source_row": 1}
    tables = all_tables(
        members=[member(name, "H:1") for name in "abc"],
        families=[{"family_id": "H:1", "counted_members": 3, "income_evidence": "partial", "income_fen": 600_000}],
        income_window=[{"first_month": None, "last_month": AS_OF.replace(day=1), "computable": True}],
        income_rows=[row | source for row in income],
    )
    hits = evaluate(rules_of("group"), rule_context(tables, AS_OF, shipped())).collect()
    assert hits["evidence_fen"].sum() == 600_000
    assert set(hits["basis"]) == {"income_wages", "evidence_contribution", "income_business", "no_income_record"}
    told: DatedValue = get_rule("low_income_family").in_force(shipped())["low_income_family.annual_income_yuan"]
    assert told.citation
    parameter: Parameter = load_parameters()["low_income_family.annual_income_yuan"]
    assert parameter.status == "seed"
