"""An evaluation in the console: every figure whole in the usual window."""

import re

import pytest

from pipelines.cli.common import out
from pipelines.cli.evaluation import tell_evaluation
from tests.reports import method


def test_intervals_of_all_scorers_stand_whole_in_eighty_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If this fails, intervals are cut in two, and who compares models reads the half of one as a figure."""
    monkeypatch.setattr(out, "_width", 80)
    tell_evaluation(method())
    told = capsys.readouterr().out
    assert max(map(len, told.splitlines()[:60])) <= 80
    (row,) = [line for line in told.splitlines() if line.strip().startswith("recall_5")]
    under = told.splitlines()[told.splitlines().index(row) + 1].split()
    assert len(under) == 6
    assert all(re.fullmatch(r"1?\.\d{3}–1?\.\d{3}", each) for each in under)
