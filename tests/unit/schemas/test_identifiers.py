from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric

from schemas.id_bytes import said_by, shaped_problems
from schemas.identifiers import (
    birth_on_expr,
    birth_on_of,
    check_digit,
    id_problem_expr,
    is_valid,
    sex_expr,
    shaped_id_problem_expr,
    tidy_id_expr,
    upgrade,
    upgraded_id_expr,
    valid_id_expr,
)

TODAY = date(2026, 6, 30)
STANDARD = "11010519491231002X"  # the example printed in GB 11643-1999

stems = st.builds(
    lambda region, born, serial: f"{region:06d}{born:%Y%m%d}{serial:03d}",
    st.integers(110000, 659999),
    st.dates(date(1900, 1, 1), TODAY),
    st.integers(0, 999),
)


def one(expression: pl.Expr, text: str | None) -> object:
    return pl.select(expression).item() if text is None else pl.DataFrame({"n": [text]}).select(expression).item()


def test_the_example_of_the_standard_is_valid() -> None:
    """If this breaks, real identity numbers are refused."""
    assert is_valid(STANDARD)
    assert check_digit(STANDARD[:17]) == "X"
    assert birth_on_of(STANDARD) == date(1949, 12, 31)


@settings(deadline=None)
@given(stems)
def test_the_scalar_and_the_expression_and_a_third_party_agree(stem: str) -> None:
    """If this breaks, a number is valid in one place and refused in another."""
    number = stem + check_digit(stem)
    assert is_valid(number, today=TODAY)
    assert one(valid_id_expr(pl.col("n"), today=TODAY), number)
    assert ric.calc_check_digit(number) == number[-1]


@settings(deadline=None)
@given(stems, st.sampled_from("0123456789X"))
def test_every_other_check_digit_is_refused(stem: str, last: str) -> None:
    """If this breaks, a mistyped number is taken for another person."""
    number = stem + last
    expected = None if last == check_digit(stem) else "id_checksum"
    assert one(id_problem_expr(pl.col("n"), today=TODAY), number) == expected
    assert is_valid(number, today=TODAY) == (expected is None)


@settings(deadline=None)
@given(stems.filter(lambda stem: stem[6:8] == "19" and stem[14:] < "996"))
def test_fifteen_digits_become_the_same_eighteen(stem: str) -> None:
    """If this breaks, one person has two keys: by the old number and by the new."""
    old = stem[:6] + stem[8:]
    assert upgrade(old) == stem + check_digit(stem)
    assert one(upgraded_id_expr(pl.col("n")), old) == upgrade(old)


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        ("11010519491231002x", STANDARD),
        (" 110105 19491231\u3000002Ｘ ", STANDARD),
        ("'11010519491231002X", STANDARD),
        ("\u200b１１０１０５１９４９１２３１００２ｘ\ufeff", STANDARD),
    ],
)
def test_styles_of_writing_are_one_number(text: str, tidy: str) -> None:
    """If this breaks, full-width or spaced numbers of a department are refused or doubled."""
    assert one(tidy_id_expr(pl.col("n")), text) == tidy


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("1101051949123100", "id_shape"),
        ("110105194912310021234", "id_shape"),
        ("ABC", "id_shape"),
        ("110105********002X", "id_masked"),
        ("110105194902300021", "id_birth_date"),
        ("110105209912310021", "id_birth_date"),
        ("110105194912310021", "id_checksum"),
    ],
)
def test_each_defect_has_its_reason(number: str, problem: str) -> None:
    """If this breaks, the department is told to mend the wrong thing."""
    assert one(id_problem_expr(pl.col("n"), today=TODAY), number) == problem
    assert not is_valid(number, today=TODAY)


def test_an_unknown_region_is_no_defect() -> None:
    """If this breaks, people whose county was abolished are refused."""
    stem = "99999919800101123"
    assert is_valid(stem + check_digit(stem), today=TODAY)


def test_birth_date_and_sex_are_read_from_the_number() -> None:
    """If this breaks, ages and fairness reports are wrong for everybody."""
    frame = pl.DataFrame({"n": [STANDARD, "110105194912310011", None]})
    read = frame.select(birth=birth_on_expr(pl.col("n")), sex=sex_expr(pl.col("n")))
    assert read.rows() == [(date(1949, 12, 31), "female"), (date(1949, 12, 31), "male"), (None, None)]


def test_a_stem_of_another_shape_is_an_error() -> None:
    """If this breaks, a check digit is computed for something that is no number."""
    with pytest.raises(ValueError, match="seventeen digits"):
        check_digit("123")


@given(
    number=st.one_of(
        st.none(),
        st.text(max_size=19),
        st.from_regex(r"[0-9]{17}[0-9X]", fullmatch=True),
        st.builds(
            "{}{:%Y%m%d}{:03}{}".format,
            st.sampled_from(["330108", "33010８", "A30108"]),
            st.dates(min_value=date(1799, 12, 30)),
            st.integers(0, 999),
            st.sampled_from("0123456789Xx"),
        ),
        st.builds("330108{:04}{:02}{:02}0017".format, st.integers(1899, 2027), st.integers(0, 13), st.integers(0, 32)),
    )
)
def test_bytes_say_what_the_expression_says(number: str | None) -> None:
    """If this breaks, a number is accepted in a large file and refused in a small one, or the other way round."""
    frame = pl.DataFrame({"n": [number, "330108198002290017"]}, schema={"n": pl.String})
    shaped, problem = shaped_problems(frame["n"], today=TODAY)
    text = pl.col("n")
    shape = text.str.contains(r"^[0-9]{17}[0-9X]$").fill_null(value=False)
    said = pl.when(shape).then(shaped_id_problem_expr(text, today=TODAY))
    expected = frame.select(shape.alias("shaped"), said.alias("problem"))
    assert shaped.to_list() == expected["shaped"].to_list()
    assert problem.to_list() == expected["problem"].to_list()


@given(births=st.lists(st.dates(date(1800, 1, 1), date(2099, 12, 31)), max_size=5), serial=st.integers(0, 999))
def test_bytes_state_the_birth_and_sex_that_the_expressions_do(births: list[date], serial: int) -> None:
    """If this breaks, the people of a delivery have other ages and sexes than a look at their numbers gives."""
    stems = [f"330108{birth:%Y%m%d}{serial:03}" for birth in births]
    numbers = pl.Series("n", [stem + check_digit(stem) for stem in stems], dtype=pl.String)
    text = pl.col("n")
    expected = numbers.to_frame().select(birth_on=birth_on_expr(text), sex=sex_expr(text))
    assert said_by(numbers).equals(expected)
