"""The dated parameters: the loader refuses what is not of the form, and a value is the one in force at a date."""

from datetime import date
from pathlib import Path

import pytest

from rules import all_rules
from rules.errors import (
    DateOrderError,
    DuplicateKeyError,
    MissingKeyError,
    NotInForceError,
    ParameterError,
    ParameterFileError,
    ParameterTypeError,
    ParameterValueError,
    UnknownKeyError,
)
from rules.parameters import Band, load_parameters
from rules.parameters.overlaid import overlaid_values, plain
from schemas.codes import CODE_LISTS
from schemas.contract import all_feeds
from schemas.errors import UnknownNameError

GOOD = """
annual_income_yuan:
  title: 年收入上限
  description: a local overlay
  type: integer
  unit: yuan
  status: local
  last_reviewed: 2026-01-01
  minimum: 0
  maximum: 900000
  values:
    2021-01-01: {value: 100000, citation: 甲号文}
    2026-02-01: {value: 120000, citation: 乙号文}
"""

BROKEN = [
    ("unknown key", "  unit: yuan\n", "  unit: yuan\n  colour: red\n", UnknownKeyError, "colour"),
    ("duplicate key", "  unit: yuan\n", "  unit: yuan\n  unit: fen\n", DuplicateKeyError, "second time"),
    ("no citation", ", citation: 甲号文", "", MissingKeyError, "citation"),
    ("empty citation", "citation: 甲号文", 'citation: " "', MissingKeyError, "citation"),
    ("unordered dates", "2026-02-01", "2020-02-01", DateOrderError, "ascend"),
    ("wrong type", "value: 100000", "value: 1e5", ParameterTypeError, "whole number"),
    ("a truth for a number", "value: 100000", "value: true", ParameterTypeError, "whole number"),
    ("unknown status", "status: local", "status: rumour", ParameterValueError, "rumour"),
    ("unknown type", "type: integer", "type: money", ParameterValueError, "money"),
    ("below the minimum", "value: 120000", "value: -1", ParameterValueError, "minimum"),
    ("above the maximum", "value: 120000", "value: 900001", ParameterValueError, "maximum"),
    ("a limit that is no number", "minimum: 0", "minimum: none", ParameterTypeError, "whole number"),
    ("unknown unit", "unit: yuan", "unit: jiao", ParameterValueError, "unit 'jiao'"),
    ("the same date twice", "2026-02-01", "2021-01-01", DuplicateKeyError, "second time"),
    ("a date that does not exist", "2026-02-01", "2026-02-30", ParameterFileError, "YAML"),
    ("no value", "value: 120000, ", "", MissingKeyError, "value is missing"),
    ("a value without a mapping", "{value: 120000, citation: 乙号文}", "120000", ParameterTypeError, "mapping"),
    ("a parameter without a mapping", GOOD, "annual_income_yuan: 5\n", ParameterTypeError, "mapping"),
    ("values in a list", GOOD[GOOD.index("  values") :], "  values: [1]\n", ParameterTypeError, "dates"),
    ("a list for a number", "value: 120000", "value: [120000]", ParameterTypeError, "whole number"),
    ("a title that is no text", "title: 年收入上限", "title: 5", ParameterTypeError, "title"),
    ("no date", "2026-02-01", "soon", ParameterTypeError, "date"),
    ("no review date", "last_reviewed: 2026-01-01", "last_reviewed: lately", ParameterTypeError, "last_reviewed"),
    ("missing title", "  title: 年收入上限\n", "", MissingKeyError, "title"),
    ("no mapping", GOOD, "- 1\n- 2\n", ParameterFileError, "mapping"),
    ("no yaml", GOOD, "a: [1\n", ParameterFileError, "YAML"),
]


def _overlay(folder: Path, text: str, name: str = "low_income_family.yaml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(("what", "old", "new", "error", "word"), BROKEN, ids=[each[0] for each in BROKEN])
def test_a_broken_file_is_refused(
    tmp_path: Path, what: str, old: str, new: str, error: type[ParameterError], word: str
) -> None:
    """A slip in an overlay would silently change who is listed."""
    assert old in GOOD
    with pytest.raises(error, match=word):
        load_parameters(_overlay(tmp_path, GOOD.replace(old, new, 1)))


def test_an_overlay_replaces_the_whole_parameter_and_is_recorded(tmp_path: Path) -> None:
    """A bureau's own threshold must count from its date, and an edition must say that it is not the shipped one."""
    shipped = load_parameters()
    changed = load_parameters(_overlay(tmp_path, GOOD))
    name = "low_income_family.annual_income_yuan"
    assert changed.as_of(date(2026, 1, 31)).integer(name) == 100_000
    assert changed.as_of(date(2026, 2, 1)).integer(name) == 120_000
    assert changed.as_of(date(2026, 2, 1)).citation(name) == "乙号文"
    assert changed.overlaid == (name,)
    assert changed.digest != shipped.digest
    assert shipped.overlaid == ()


def test_what_an_overlay_changes_is_told_by_date(tmp_path: Path) -> None:
    """An auditor would know that a file was replaced, and not which number decided over families."""
    assert overlaid_values(load_parameters()) == ()
    name = "low_income_family.annual_income_yuan"
    (told,) = overlaid_values(load_parameters(_overlay(tmp_path, GOOD)))
    assert (told.parameter, told.since, told.value, told.shipped) == (name, date(2026, 2, 1), 120_000, 100_000)
    assert told.as_plain() == {
        "parameter": name, "since": "2026-02-01", "value": 120_000, "shipped": 100_000, "citation": "乙号文",
    }  # fmt: skip


def test_an_overlay_of_equal_values_or_earlier_days_is_told_too(tmp_path: Path) -> None:
    """A parameter that is replaced by its like, or begins earlier, would not be seen to be the bureau's own."""
    same = GOOD.partition("    2026-02-01")[0]
    (told,) = overlaid_values(load_parameters(_overlay(tmp_path, same)))
    assert (told.differs, told.since, told.value, told.shipped) == (False, date(2021, 1, 1), 100_000, 100_000)
    earlier = same + "\n"
    earlier = earlier.replace("    2021-01-01", "    2019-01-01: {value: 90000, citation: 丙号文}\n    2021-01-01")
    (first,) = overlaid_values(load_parameters(_overlay(tmp_path, earlier)))
    assert (first.differs, first.since, first.value, first.shipped) == (True, date(2019, 1, 1), 90_000, None)


def test_values_are_told_as_json_gives_them_back() -> None:
    """Replay would find another manifest than the one that it wrote."""
    assert [plain(each) for each in (None, True, 3, "a")] == [None, True, 3, "a"]
    assert plain((1, 2)) == [1, 2]
    assert plain((Band(0, 5),)) == [[0, 5]]
    assert plain((("a", "b"),)) == [["a", "b"]]


def test_an_overlay_may_not_invent_a_parameter(tmp_path: Path) -> None:
    """A misspelt overlay would be taken and have no effect."""
    with pytest.raises(UnknownKeyError, match="annual_incme"):
        load_parameters(_overlay(tmp_path, GOOD.replace("annual_income_yuan", "annual_incme_yuan")))


LIMITS = [
    ("another unit", "unit: yuan", "unit: person", ParameterValueError, "given in yuan"),
    ("a later first day", "2021-01-01", "2026-01-01", DateOrderError, "repeat the values before"),
    ("without the limit", "  minimum: 0\n", "", ParameterValueError, "minimum of 0"),
]


@pytest.mark.parametrize(("what", "old", "new", "error", "word"), LIMITS, ids=[each[0] for each in LIMITS])
def test_an_overlay_keeps_to_what_it_replaces(
    tmp_path: Path, what: str, old: str, new: str, error: type[ParameterError], word: str
) -> None:
    """Yuan read as persons, a past month without a value, or a limit that an overlay takes away: all unseen."""
    text = GOOD.replace(old, new, 1)
    if what == "without the limit":
        text = text.replace("value: 120000", "value: -5")
    with pytest.raises(error, match=word):
        load_parameters(_overlay(tmp_path, text))


@pytest.mark.parametrize("name", ["low_income_family.yml", "low_income_family.YAML", "low_income_family.json"])
def test_an_overlay_that_would_not_be_read_is_refused(tmp_path: Path, name: str) -> None:
    """A bureau would think that its own value is in force."""
    with pytest.raises(ParameterFileError, match="would not be read"):
        load_parameters(_overlay(tmp_path, GOOD, name))
    (tmp_path / name).unlink()
    (tmp_path / "README.txt").write_text("notes", encoding="utf-8")
    assert load_parameters(tmp_path).overlaid == ()


def test_an_overlay_in_a_folder_is_refused(tmp_path: Path) -> None:
    """Folders are not looked into; values there would have no effect."""
    (tmp_path / "2026").mkdir()
    with pytest.raises(ParameterFileError, match="2026"):
        load_parameters(tmp_path)


def test_an_overlay_written_on_windows_is_read(tmp_path: Path) -> None:
    """An editor that puts a mark before the text would make its first parameter unknown."""
    (tmp_path / "low_income_family.yaml").write_bytes(b"\xef\xbb\xbf" + GOOD.lstrip().encode())
    assert load_parameters(tmp_path).overlaid == ("low_income_family.annual_income_yuan",)


def test_an_overlay_keeps_the_choices_of_a_word(tmp_path: Path) -> None:
    """A word that no rule knows would be taken because the overlay forgot to say which are known."""
    text = """
scope:
  title: 家庭规模口径
  description: a local overlay
  type: text
  unit: choice
  status: local
  last_reviewed: 2026-01-01
  values:
    2021-01-01: {value: everybody, citation: 甲号文}
"""
    with pytest.raises(ParameterValueError, match="everybody"):
        load_parameters(_overlay(tmp_path, text))
    good = load_parameters(_overlay(tmp_path, text.replace("everybody", "per_head")))
    assert good["low_income_family.scope"].choices == ("exact_three", "per_head")


def test_an_overlay_may_not_change_the_type(tmp_path: Path) -> None:
    """A rule would meet a text where it computes."""
    text = GOOD.replace("type: integer", "type: text").replace("100000", "a").replace("120000", "b")
    with pytest.raises(ParameterTypeError, match="overlay"):
        load_parameters(_overlay(tmp_path, text.replace("  minimum: 0\n", "")))


def test_no_overlay_directory_is_no_overlay(tmp_path: Path) -> None:
    """A fresh installation has no overlays and must run."""
    assert load_parameters(tmp_path / "absent").digest == load_parameters().digest


def test_before_the_first_date_nothing_is_in_force() -> None:
    """An edition of a time without the rule must fail loudly instead of taking some number."""
    with pytest.raises(NotInForceError, match="no value"):
        load_parameters().as_of(date(1999, 1, 1)).integer("exited_assistance.window_years")


def test_reading_by_the_wrong_type_or_name_is_refused() -> None:
    """A rule that reads a choice as a number is a bug that must show at once."""
    read = load_parameters().as_of(date(2026, 1, 31))
    with pytest.raises(ParameterTypeError):
        read.integer("family.basis")
    with pytest.raises(UnknownNameError, match="window_years"):
        read.integer("exited_assistance.window_year")


def test_replacing_is_listed_and_changes_the_digest() -> None:
    """A what-if must never pass for an edition under the law."""
    changed = load_parameters().replacing({"aid.counted_kinds": ["medical"]})
    assert changed.as_of(date(2026, 1, 31)).texts("aid.counted_kinds") == ["medical"]
    assert changed.overlaid == ("aid.counted_kinds",)
    with pytest.raises(ParameterTypeError):
        load_parameters().replacing({"exited_assistance.window_years": "three"})


def test_a_value_from_a_day_on_leaves_the_days_before_alone() -> None:
    """A what-if would take those off the list who entered by the former value, or change what nobody changed."""
    name, day = "aid.counted_kinds", date(2026, 1, 31)
    shipped = load_parameters()
    changed = shipped.replacing_from(day, {name: ["medical"]})
    assert changed.as_of(day).texts(name) == ["medical"]
    assert changed.as_of(date(2026, 1, 30)).texts(name) == shipped.as_of(day).texts(name) != ["medical"]
    assert (changed[name].values[-1].since, changed.overlaid) == (day, (name,))
    once_more = changed.replacing_from(day, {name: ["housing"]})
    assert [each.since for each in once_more[name].values].count(day) == 1
    assert once_more.as_of(date(2030, 1, 1)).texts(name) == ["housing"]
    same = shipped.replacing_from(day, {name: shipped.as_of(day).texts(name)})
    assert (same.digest, same.overlaid) == (shipped.digest, ())
    with pytest.raises(ParameterTypeError):
        shipped.replacing_from(day, {name: "medical"})
    with pytest.raises(NotInForceError):
        shipped.replacing_from(date(1990, 1, 1), {name: ["medical"]})


def test_bands_ascend(tmp_path: Path) -> None:
    """Points by bands would depend on the order in which somebody typed them."""
    text = """
minors:
  title: 未成年人数
  description: minors
  type: bands
  unit: person
  status: local
  last_reviewed: 2026-01-01
  values:
    2021-01-01:
      value: [{from: 2, points: 10}, {from: 1, points: 5}]
      citation: 甲号文
"""
    with pytest.raises(DateOrderError, match="bands"):
        load_parameters(_overlay(tmp_path, text, "scorecard.yaml"))
    good = load_parameters(_overlay(tmp_path, text.replace("from: 2", "from: 0"), "scorecard.yaml"))
    assert good.as_of(date(2026, 1, 31)).bands("scorecard.minors") == [Band(0, 10), Band(1, 5)]


def test_what_rules_say_they_read_exists() -> None:
    """The explanation of an entry shows the parameters that a rule names; a wrong name would break the page."""
    read = load_parameters().as_of(date(2026, 1, 31))
    for rule in all_rules().values():
        assert set(rule.in_force(read)) == set(rule.parameters), rule.id


def test_code_parameters_are_codes() -> None:
    """A misspelt code in a parameter would silently match nobody."""
    read = load_parameters().as_of(date(2026, 1, 31))
    lists = {
        "aid.counted_kinds": "aid_kind",
        "temporary_assistance.kinds": "aid_kind",
        "other_department_aid.listing_kinds": "listing_kind",
        "obligor_family.dependent_study_stages": "school_stage",
        "income_evidence.reason_livelihoods": "livelihood",
        "university_entry.stages": "school_stage",
        "university_entry.study_modes": "study_mode",
        "allowances.barring_programmes": "programme",
        "allowances.living_programmes": "programme",
        "allowances.care_extended_categories": "disability_category",
        "allowances.barred_by_programme": "allowance_kind",
        "allowances.barred_by_work_injury_care": "allowance_kind",
        "allowances.barred_by_orphan": "allowance_kind",
        "leads.closing_outcomes": "visit_outcome",
        "disaster_struck.aid_kinds": "aid_kind",
        "disaster_struck.difficulties": "difficulty",
        "insurance_lapsed.instead_kinds": "income_kind",
        "rigid_expense_share.study_stages": "school_stage",
        "vehicle_on_register.kinds": "vehicle_kind",
        "business_on_register.statuses": "business_status",
        "second_home_on_register.usages": "property_usage",
        "high_inpatient_cost.settlement_kinds": "settlement_kind",
        "classes.child_allowances": "allowance_kind",
    }
    for name, codes in lists.items():
        assert set(read.texts(name)) <= set(CODE_LISTS[codes].codes), name
    assert set(read.mapping("classes.by_aid_kind")) <= set(CODE_LISTS["aid_kind"].codes)
    assert set(read.mapping("classes.by_aid_kind").values()) <= set(CODE_LISTS["difficulty"].codes)
    assert set(read.texts("low_income_family.required_feeds")) <= set(all_feeds())
    benefits = {*CODE_LISTS["allowance_kind"].codes, *CODE_LISTS["veteran_benefit"].codes}
    assert {code for pair in read.texts("allowances.higher_of_two") for code in pair.split("+")} <= benefits
    held = CODE_LISTS["custody"].codes + CODE_LISTS["uncounted_reason"].codes + ("detoxification",)
    assert set(read.texts("low_income_family.uncounted_conditions")) <= set(held)
    assert set(read.texts("in_prison_receiving.conditions")) <= set(held)
    assert set(read.texts("allowances.child_parent_conditions")) <= {*held, "severe_illness"}


def test_every_parameter_is_read_by_somebody() -> None:
    """An official would change a number that has no effect."""
    root = Path(__file__).parents[3]
    code = "".join(
        path.read_text(encoding="utf-8")
        for room in ("rules", "scoring", "editions", "linkage", "registry")
        for path in (root / room).rglob("*.py")
    )
    unread = []
    for name in load_parameters().by_name:
        stem, _, key = name.partition(".")
        composed = (
            stem in {"tiers", "scorecard", "status"} or f'{{rule_id}}.{key}"' in code or f"{{_RULE_ID}}.{key}" in code
        )
        due = key == "due_working_days" and stem in all_rules()
        if name not in code and not composed and not due:
            unread.append(name)
    assert unread == []
