"""Any bytes in: a receipt that accounts for every row, or a refusal that says what to do; never a crash."""

import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import DeliveryError
from tests.unit.schemas.files import Taken, taken
from tests.unit.schemas.mutations import CONTAINERS, FILES, ROWS, broken_bytes, broken_containers, whole

EXAMPLES = int(os.environ.get("DOUDI_TEST_EXAMPLES", "0"))  # a campaign asks for thousands, each time for others
relaxed = settings(
    deadline=None, max_examples=EXAMPLES or 6, derandomize=not EXAMPLES, suppress_health_check=list(HealthCheck)
)
PEOPLE = frozenset(cell for row in ROWS[1:] for cell in row if len(cell) == 18 and cell[:6] == "110105")
"""The identity numbers of the whole files."""


def receipt_or_refusal(data: bytes, name: str) -> Taken | None:
    """What came of the bytes: a delivery whose rows balance, or None for a refusal that a clerk can act on."""
    with TemporaryDirectory() as folder:
        try:
            result = taken(Path(folder), data, name)
        except DeliveryError as error:
            assert error.file == name  # noqa: PT017 - both outcomes are right
            assert re.search("[一-鿿]{4}", error.message)  # noqa: PT017 - for the department's clerk
            assert not any(number in str(error) for number in PEOPLE)  # noqa: PT017
            return None
    receipt = result.receipt
    assert receipt.balanced
    assert result.accepted.height == receipt.rows_accepted
    assert result.quarantined.height == receipt.rows_quarantined == sum(receipt.reasons.values())
    places = result.accepted.select("source_sheet", "source_row").rows()
    places += result.quarantined.select("source_sheet", "source_row").rows()
    assert len(set(places)) == len(places)
    if name.endswith(("csv", "tsv")):
        kept = "".join([*result.accepted["person_id"], *result.quarantined["original"]])
        missing = [number for number in PEOPLE if number.encode() in data and number not in kept]
        skipped = sum(count for kind, count in receipt.skipped.items() if kind != "blank")
        assert (
            len(missing) <= receipt.rows_quarantined + skipped
        )  # under a broken header it may be in no declared column
    return result


@pytest.mark.parametrize("name", FILES)
def test_the_whole_files_are_taken(name: str) -> None:
    """If this breaks, the tests below damage files that were refused before, and show nothing."""
    result = receipt_or_refusal(whole(name), name)
    assert result is not None
    assert result.receipt.rows_accepted >= 3


@pytest.mark.parametrize("name", FILES)
@relaxed
@given(data=st.data())
def test_bytes_that_were_damaged_end_as_a_receipt_or_a_refusal(name: str, data: st.DataObject) -> None:
    """If this breaks, a broken transfer ends the run for all departments."""
    receipt_or_refusal(data.draw(broken_bytes(whole(name))), name)


@pytest.mark.parametrize("name", CONTAINERS)
@relaxed
@given(data=st.data())
def test_containers_with_broken_parts_end_as_a_receipt_or_a_refusal(name: str, data: st.DataObject) -> None:
    """If this breaks, a workbook of a strange program ends the run, for its sums are right and its parts are not."""
    receipt_or_refusal(data.draw(broken_containers(whole(name))), name)


@pytest.mark.parametrize("extension", ["csv", "tsv", "txt", "xlsx", "xlsm", "xlsb", "xls", "ods", "parquet", "zip"])
@relaxed
@given(data=st.data())
def test_any_bytes_under_any_name_end_as_a_receipt_or_a_refusal(extension: str, data: st.DataObject) -> None:
    """If this breaks, a file under a wrong name ends the run."""
    other = st.sampled_from(sorted(FILES)).map(whole)
    receipt_or_refusal(data.draw(st.one_of(st.binary(max_size=600), other)), f"street.{extension}")
