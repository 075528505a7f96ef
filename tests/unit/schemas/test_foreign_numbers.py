"""Identity numbers that other projects publish as examples of right and wrong ones."""

import re
from datetime import date

import polars as pl
import pytest
from stdnum import exceptions
from stdnum.cn import ric

from schemas.identifiers import birth_on_of, check_digit, sex_expr
from tests.foreign import files_of, needed
from tests.unit.schemas.cells import TODAY, read

pytestmark = pytest.mark.usefixtures("foreign")


@pytest.fixture(scope="module")
def foreign() -> None:
    """Without the files there is nothing to judge."""
    needed()


def published(*names: str) -> list[str]:
    """The numbers of 15 or 18 characters that stand in files of these names."""
    texts = [each.read_text(encoding="utf-8") for each in files_of("doctest", "md") if each.name in names]
    found = {
        number for text in texts for number in re.findall(r"(?<![0-9A-Z])[0-9T][0-9]{13,16}[0-9Xx]{1,2}(?![0-9])", text)
    }
    return sorted(each for each in found if len(each) in {15, 18})


def expected(number: str) -> tuple[str | None, bool]:
    """What a third party says: the reason for which we refuse, and whether the region deserves a second look."""
    try:
        ric.validate(number)
    except exceptions.InvalidFormat:
        return "id_shape", False
    except exceptions.InvalidChecksum:
        return "id_checksum", False
    except exceptions.InvalidComponent:
        born = birth_on_of(number)
        if born is None or not date(1800, 1, 1) <= born <= TODAY:
            return "id_birth_date", False
        fits = number[-1].upper() == check_digit(number[:17])
        return (None, True) if fits else ("id_checksum", False)
    return None, False


def test_every_published_number_is_judged_as_its_publisher_does() -> None:
    """If this breaks, numbers are refused here that others accept, or the reverse: only a region is no ground here."""
    numbers = [each for each in published("test_cn_ric.doctest", "README.md") if len(each) == 18]
    assert len(numbers) >= 14
    judged = {}
    for number in numbers:
        reason, doubted = expected(number)
        reading = read("person_id", number)
        judged[number] = (reading.reason.item(), any(code.startswith("id_region") for code in reading.tidied))
        if number[0] == "9":  # a foreigner's card bears no region
            doubted = False
        if number[:2] in {"81", "82", "83"}:  # not of the mainland's table, and no ground for doubt either
            reason, doubted = None, False
        assert judged[number] == (reason, doubted), f"vector {numbers.index(number)}"
    assert {reason for reason, _ in judged.values()} >= {None, "id_shape", "id_birth_date", "id_checksum"}
    assert any(doubted for _, doubted in judged.values())


def test_published_numbers_of_fifteen_digits_become_eighteen() -> None:
    """If this breaks, the elderly with old numbers are refused or have two keys."""
    numbers = [each for each in published("README.md") if len(each) == 15]
    assert numbers
    for number in numbers:
        upgraded = read("person_id", number).value.item()
        assert ric.calc_check_digit(upgraded) == upgraded[-1]
        assert upgraded[:6] + upgraded[8:17] == number


def test_birth_dates_and_sexes_are_those_that_the_publisher_reads() -> None:
    """If this breaks, ages are wrong in a way that no check digit shows."""
    for number in published("test_cn_ric.doctest"):
        if expected(number)[0] is None:
            assert birth_on_of(number) == ric.get_birth_date(number)
            sex = read("person_id", number).value.to_frame("n").select(sex_expr(pl.col("n"))).item()
            assert sex == ("male" if int(number[16]) % 2 else "female")
