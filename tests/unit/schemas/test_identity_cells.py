"""Identity numbers as departments write them, against the rules of the standard and a third party's vectors."""

import doctest
import re

import pytest
from stdnum import exceptions
from stdnum.cn import ric

from schemas.identifiers import check_digit, is_valid, upgrade
from tests.unit.schemas.cells import TODAY, read, reason, value

STANDARD = "11010519491231002X"  # the example printed in GB 11643-1999


def numbered(stem: str) -> str:
    return stem + check_digit(stem)


@pytest.mark.parametrize(
    "text",
    [
        "11010519491231002x",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105 19491231 002X",
        "110105-19491231-002X",
        "110105–19491231–002X",
        "'11010519491231002X",
        "\u202d11010519491231002X\u202c",
        "11010519491231002\u0425",  # Cyrillic
        "11010519491231002\u0445",
        "11010519491231002\u03a7",  # Greek
        "11010519491231002×",
        "11010519491231002Ⅹ",
        "110105491231002",
        "１１０１０５４９１２３１００２",
        "\t11010519491231002X\n",
    ],
)
def test_one_number_in_every_dress(text: str) -> None:
    """If this breaks, a person has two keys, or a row is set aside for a keyboard's sake."""
    assert value("person_id", text) == STANDARD
    assert read("person_id", text).tidied


@pytest.mark.parametrize("serial", ["996", "997", "998", "999"])
def test_the_serials_of_centenarians_are_of_the_century_before(serial: str) -> None:
    """If this breaks, a person of 125 years is one of 25."""
    old = f"110105991231{serial}"
    assert upgrade(old) == numbered(f"11010518991231{serial}")
    assert value("person_id", old) == upgrade(old)
    assert value("person_id", f"110105991231{995}") == numbered("11010519991231995")


@pytest.mark.parametrize(
    "stem",
    [
        "81000019900307123",  # residence permits of Hong Kong, Macao and Taiwan
        "82000019900307123",
        "83000019900307123",
        "93384019900307123",  # permanent residence card for foreigners, 2023
        "33010819600229123",  # before the district had a code of its own
    ],
)
def test_other_cards_of_eighteen_digits_are_accepted(stem: str) -> None:
    """If this breaks, residents with another card are refused."""
    assert value("person_id", numbered(stem)) == numbered(stem)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("E12345678", "id_other_document"),
        ("G1234567", "id_other_document"),
        ("H0123456789", "id_other_document"),
        ("USA110077042801", "id_other_document"),
        ("军字第1234567号", "id_other_document"),
        ("91330108MA27ABCD5X", "id_other_document"),
        ("3301081970O101123X", "id_shape"),
        ("身份证号", "id_shape"),
        ("33010819700101", "id_shape"),
        ("110105********002X", "id_masked"),
        ("110105XXXXXXXX002X", "id_masked"),
        ("1101051949****0021", "id_masked"),
        (numbered("11010519490230002"), "id_birth_date"),
        (numbered("11010520990101002"), "id_birth_date"),
        (numbered("11010517990101002"), "id_birth_date"),
        ("110105491331002", "id_birth_date"),
        ("000000000000000000", "id_birth_date"),
        ("110105194912310021", "id_checksum"),
        ("110105194912310000.0", "excel_number"),
        ("1.10105E+17", "excel_number"),
    ],
)
def test_each_refusal_says_what_to_mend(text: str, code: str) -> None:
    """If this breaks, a department searches for a wrong digit in the number of a passport."""
    assert reason("person_id", text) == code


# Refused there for the region alone, which is never a reason here.
DISPUTED_FOR_REGION = ("110111198012010078", "110201199312010077", "990426199112010074")


def test_the_vectors_of_a_third_party_are_judged_alike() -> None:
    """If this breaks, numbers are refused here that others accept, or the reverse."""
    vectors = {
        each
        for example in doctest.DocTestParser().get_examples(ric.__doc__ or "")
        for each in re.findall(r"[0-9]{17}[0-9Xx]", example.source)
    }
    assert vectors
    for number in vectors:
        assert is_valid(value("person_id", number), today=TODAY) == ric.is_valid(number)  # type: ignore[arg-type]
    for number in DISPUTED_FOR_REGION:
        with pytest.raises(exceptions.InvalidComponent):
            ric.get_birth_place(number)
        checked = number[:17] + check_digit(number[:17])
        assert value("person_id", checked) == checked


@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize("region", ["110101", "330102", "370102", "650102"])
def test_a_generated_number_is_judged_alike_with_every_last_digit(region: str, month: int) -> None:
    """If this breaks, our arithmetic and a third party's differ somewhere."""
    stem = f"{region}1985{month:02d}15{month * 77:03d}"
    for last in "0123456789X":
        accepted = read("person_id", stem + last).reason.item() is None
        assert accepted == ric.is_valid(stem + last)
