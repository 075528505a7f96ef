"""What the loader tells about a broken file, what an overlay keeps, and what reading and replacing give back."""

from datetime import date
from pathlib import Path

import pytest

from rules.errors import (
    DateOrderError,
    DuplicateKeyError,
    MissingKeyError,
    ParameterError,
    ParameterFileError,
    ParameterTypeError,
    ParameterValueError,
    UnknownKeyError,
)
from rules.parameters import DatedValue, Parameter, Parameters, load_parameters
from rules.parameters.loader import read_mapping, read_text, read_value
from rules.parameters.overlaid import overlaid_values

HEAD = """
{key}:
  title: 标题
  description: a local overlay
  type: {type}
  unit: {unit}
  status: local
  last_reviewed: 2026-01-01
{more}  values:
"""


def _load(
    folder: Path, name: str, *values: str, type_: str = "integer", unit: str = "yuan", more: str = ""
) -> Parameters:
    """The parameters with `name` overlaid; a value is written `date: …`."""
    file, _, key = name.partition(".")
    head = HEAD.format(key=key, type=type_, unit=unit, more=more)
    lines = "".join(f"    {each}\n" for each in values)
    (folder / f"{file}.yaml").write_text(head + lines, encoding="utf-8")
    return load_parameters(folder)


def test_the_line_of_a_second_key_is_told() -> None:
    """Whoever mends the file would look at the wrong line."""
    with pytest.raises(DuplicateKeyError, match=r"^x\.yaml: line 3 gives 'a' a second time"):
        read_text("a: 1\nb: 2\na: 3\n", "x.yaml")


@pytest.mark.parametrize("text", ["? [a, b]\n: 1\n", "? {a: 1}\n: 1\n"])
def test_a_key_that_is_no_word_is_refused(text: str) -> None:
    """A list as a key would end in an error that names neither the file nor the mistake."""
    with pytest.raises(ParameterFileError, match=r"x\.yaml"):
        read_text(text, "x.yaml")


@pytest.mark.parametrize("text", ["1: {title: x}\n", "[a, b]\n", "[]\n", "word\n", ""])
def test_a_file_is_a_mapping_of_names(tmp_path: Path, text: str) -> None:
    """A file of numbered entries would be taken for one of parameters."""
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ParameterFileError, match="mapping of names"):
        read_mapping(path)


def test_the_place_of_a_wrong_value_is_told(tmp_path: Path) -> None:
    """Among dozens of values nobody would find the wrong one."""
    parameter = load_parameters()["casework.correction_working_days"]
    with pytest.raises(ParameterTypeError, match=r"^casework\.correction_working_days: must"):
        read_value(parameter, "soon")
    with pytest.raises(ParameterTypeError, match=r"^here: must"):
        read_value(parameter, "soon", "here")
    with pytest.raises(ParameterValueError, match=r"^casework\.correction_working_days: 0 is below"):
        read_value(parameter, 0)
    with pytest.raises(ParameterValueError, match=r"^here: 0 is below"):
        read_value(parameter, 0, "here")
    assert str(ParameterTypeError("must be text")) == "must be text"
    with pytest.raises(ParameterTypeError, match=r"annual_income_yuan \[2026-02-01\]: must"):
        _load(tmp_path, "low_income_family.annual_income_yuan", "2026-02-01: {value: many, citation: x}")


WORDS = [
    ("type: integer", "type: money", ParameterValueError, r": type 'money' is none of integer, "),
    ("status: local", "status: rumour", ParameterValueError, r": status 'rumour' is none of seed, "),
    ("unit: yuan", "unit: jiao", ParameterValueError, r": unit 'jiao' is none of choice, "),
    ("title: 标题", "title: 5", ParameterTypeError, r": title must be text"),
    ("description: a local overlay", "description: 5", ParameterTypeError, r": description must be text"),
    ("unit: yuan", "unit: 5", ParameterTypeError, r": unit must be text"),
    ("citation: x", "citation: ' '", MissingKeyError, r"\[2021-01-01\]: citation is empty"),
    ("citation: x", "citation: 5", ParameterTypeError, r"\[2021-01-01\]: citation must be text"),
    (", citation: x", "", MissingKeyError, r"\[2021-01-01\]: citation is missing"),
    ("value: 1, ", "", MissingKeyError, r"\[2021-01-01\]: value is missing"),
    ("  unit: yuan\n", "  unit: yuan\n  colour: red\n", UnknownKeyError, r"'colour'; known: .*minimum, maximum"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "error", "told"), WORDS)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, error: type[ParameterError], told: str) -> None:
    """An official would be told that something is wrong, and not what."""
    head = HEAD.format(key="annual_income_yuan", type="integer", unit="yuan", more="")
    text = f"{head}    2021-01-01: {{value: 1, citation: x}}\n"
    assert old in text
    (tmp_path / "low_income_family.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(error, match=told):
        load_parameters(tmp_path)


def test_hidden_files_and_folders_are_left_alone(tmp_path: Path) -> None:
    """An editor's hidden copy would stop every computation."""
    (tmp_path / ".x.yml").write_text("no: yaml", encoding="utf-8")
    (tmp_path / ".git").mkdir()
    assert load_parameters(tmp_path).overlaid == ()


def test_each_date_is_later_than_the_one_before(tmp_path: Path) -> None:
    """A date between two others would be in force in the order of typing."""
    dates = [f"{day}: {{value: 1, citation: x}}" for day in ("2021-01-01", "2026-01-01", "2025-01-01")]
    with pytest.raises(DateOrderError, match=r"\[2025-01-01\]: stands after 2026-01-01"):
        _load(tmp_path, "low_income_family.annual_income_yuan", *dates)


def test_an_overlay_begins_with_the_first_shipped_value(tmp_path: Path) -> None:
    """Editions of the months before it would be computed with nothing, or not at all."""
    name = "casework.correction_working_days"  # shipped: of 2021-01-01, and of 2025-08-01
    with pytest.raises(DateOrderError, match="begins on 2025-08-01, the shipped one on 2021-01-01"):
        _load(tmp_path, name, "2025-08-01: {value: 7, citation: x}", unit="working day")
    own = _load(tmp_path, name, "2021-01-01: {value: 7, citation: x}", unit="working day")
    assert own.as_of(date(2026, 1, 1)).integer(name) == 7


def test_an_overlay_keeps_limits_or_narrows_them(tmp_path: Path) -> None:
    """A limit would be gone as soon as a bureau sets a value of its own, and a what-if could ask for nonsense."""
    name, value = "low_income_family.annual_income_yuan", "2021-01-01: {value: 90000, citation: x}"
    shipped = load_parameters()[name]
    assert shipped.minimum is not None
    kept = _load(tmp_path, name, value)[name]
    assert (kept.minimum, kept.maximum) == (shipped.minimum, shipped.maximum)
    own = _load(tmp_path, name, value, more="  minimum: 5\n  maximum: 90000\n")[name]
    assert (own.minimum, own.maximum) == (5, 90_000)
    (tmp_path / "low_income_family.yaml").unlink()
    name, value = "audit.confidence_percent", "2021-01-01: {value: 90, citation: x}"
    assert _load(tmp_path, name, value, unit="percent")[name].maximum == load_parameters()[name].maximum == 99


def test_an_overlay_narrows_the_choices_of_words(tmp_path: Path) -> None:
    """A word that no rule knows, or that the bureau has ruled out, would be taken."""
    name = "visits.need_outcomes"
    choices = "  choices: [true_include, not_true]\n"
    good = "2021-01-01: {value: [not_true], citation: x}"
    own = _load(tmp_path, name, good, type_="texts", unit="code", more=choices)
    assert own[name].choices == ("true_include", "not_true")
    assert own.as_of(date(2026, 1, 1)).texts(name) == ["not_true"]
    kept = _load(tmp_path, name, good, type_="texts", unit="code")
    assert kept[name].choices == load_parameters()[name].choices
    for more, word in ((choices, "true_refer"), ("", "everybody")):
        bad = f"2021-01-01: {{value: [not_true, {word}], citation: x}}"
        with pytest.raises(ParameterValueError, match=f"'{word}' is none of true_include"):
            _load(tmp_path, name, bad, type_="texts", unit="code", more=more)


@pytest.mark.parametrize(("numbers", "told"), [("[1, 0]", "0 is below the minimum of 1"), ("[4, 5]", "5 is above")])
def test_each_number_of_a_list_is_within_the_limits(tmp_path: Path, numbers: str, told: str) -> None:
    """A grade that does not exist would be listed, and nobody would ever be of it."""
    name, limits = "allowances.care_grades", "  minimum: 1\n  maximum: 4\n"
    good, bad = (f"2021-01-01: {{value: {each}, citation: x}}" for each in ("[1, 4]", numbers))
    whole = _load(tmp_path, name, good, type_="integers", unit="grade", more=limits)
    assert whole.as_of(date(2026, 1, 1)).integers(name) == [1, 4]
    with pytest.raises(ParameterValueError, match=told):
        _load(tmp_path, name, bad, type_="integers", unit="grade", more=limits)


FORMS = [
    ("allowances.care_grades", "integers", "grade", "[1, x]", r"\[2021-01-01\]: must be a whole number"),
    ("allowances.care_grades", "integers", "grade", "3", r"\[2021-01-01\]: must be a list"),
    ("visits.need_outcomes", "texts", "code", "[5]", r"\[2021-01-01\]: value must be text"),
    ("visits.need_outcomes", "texts", "code", "not_true", r"\[2021-01-01\]: must be a list"),
    ("allowances.care_extended", "boolean", "choice", "1", r"\[2021-01-01\]: must be true or false"),
    ("classes.by_aid_kind", "mapping", "code", "[medical]", r"\[2021-01-01\]: must be a mapping"),
    ("classes.by_aid_kind", "mapping", "code", "{medical: 5}", r"\[2021-01-01\]: value must be text"),
    ("scorecard.minors", "bands", "person", "[{from: 0, points: x}]", r"\[2021-01-01\]: must be a whole number"),
    ("scorecard.minors", "bands", "person", "[5]", r"\[2021-01-01\]: a band must give from and points"),
    ("scorecard.minors", "bands", "person", "[{from: 0}]", r"\[2021-01-01\]: points is missing"),
    ("scorecard.minors", "bands", "person", "[]", r"\[2021-01-01\]: a band is missing"),
    (
        "scorecard.minors",
        "bands",
        "person",
        "[{from: 0, points: 1}, {from: 2, points: 2}, {from: 1, points: 3}]",
        r"\[2021-01-01\]: bands must ascend",
    ),
    (
        "scorecard.minors",
        "bands",
        "person",
        "[{from: 0, points: 1}, {from: 0, points: 2}]",
        r"\[2021-01-01\]: bands must ascend",
    ),
]


@pytest.mark.parametrize(("name", "type_", "unit", "value", "told"), FORMS)
def test_a_value_is_of_its_type(tmp_path: Path, name: str, type_: str, unit: str, value: str, told: str) -> None:
    """A rule would compute with something else than the bureau has written, or fail in the middle of a month."""
    with pytest.raises(ParameterError, match=told):
        _load(tmp_path, name, f"2021-01-01: {{value: {value}, citation: x}}", type_=type_, unit=unit)


def test_choices_and_words_are_read(tmp_path: Path) -> None:
    """A bureau could not switch a local rule on, or say which aid is of which kind of difficulty."""
    name = "allowances.care_extended"
    own = _load(tmp_path, name, "2021-01-01: {value: true, citation: x}", type_="boolean", unit="choice")
    assert own.as_of(date(2026, 1, 1)).boolean(name) is True
    name, value = "classes.by_aid_kind", "{medical: illness, disaster: disaster}"
    own = _load(tmp_path, name, f"2021-01-01: {{value: {value}, citation: x}}", type_="mapping", unit="code")
    assert own.as_of(date(2026, 1, 1)).mapping(name) == {"disaster": "disaster", "medical": "illness"}


def test_each_type_is_read_as_it_is() -> None:
    """A rule would fail in the middle of a month, or compare a number with a word."""
    read = load_parameters().as_of(date(2026, 1, 31))
    assert read.integers("allowances.care_grades") == [1, 2]
    assert read.text("family.basis") == "nuclear_joined"
    assert read.boolean("allowances.care_extended") is False
    for asked in (read.integers, read.text, read.boolean, read.texts, read.bands, read.mapping):
        with pytest.raises(ParameterTypeError, match=r"^casework\.correction_working_days: is integer, not "):
            asked("casework.correction_working_days")


def test_what_if_holds_from_the_first_day_on() -> None:
    """A what-if about a past month would be computed with the law as it was, and show no difference."""
    name = "casework.correction_working_days"  # shipped: of 2021-01-01, and of 2025-08-01
    changed = load_parameters().replacing({name: 3})
    for day in (date(2021, 1, 1), date(2026, 1, 1)):
        assert changed.as_of(day).dated(name) == DatedValue(date(2021, 1, 1), 3, "what-if")


def test_the_digest_of_parameters_stays() -> None:
    """Editions of the past would seem to have been computed under other numbers."""
    one = Parameter(
        name="a.b", title="甲", description="x", type="text", unit="name", status="local",
        last_reviewed=date(2026, 1, 1), values=(DatedValue(date(2021, 1, 1), "滨江", "甲号文"),),
    )  # fmt: skip
    assert Parameters({"a.b": one}).digest == "2412695e330c112da40e207aa45f824c8087d8267726d69df2829babd40c68fc"


def test_an_overlay_of_equal_values_is_told_once(tmp_path: Path) -> None:
    """An auditor would look for a difference on each date."""
    name = "casework.correction_working_days"
    values = ("2021-01-01: {value: 10, citation: x}", "2025-08-01: {value: 5, citation: y}")
    told = overlaid_values(_load(tmp_path, name, *values, unit="working day"))
    assert [(each.differs, each.since) for each in told] == [(False, date(2021, 1, 1))]
