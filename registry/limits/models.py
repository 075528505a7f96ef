"""What a case of limits can ask of scores in use: whether a model steps back, and what is called unusual."""

import polars as pl

from editions.anomalies import unusual_families, unusual_feeds
from editions.scenario_facts import frame_of
from rules.parameters import ParametersAt
from schemas.tables import PROFILES, get_table
from scoring.calibration import ALL, CalibrationLimits, calibration
from scoring.distributions import SCORE, Distribution
from scoring.drift import DriftLimits, breached, drift

__all__ = ["APPLIED"]

_TEN_THOUSAND = 10_000
_FEN = 100
_FEED, _ROWS = "home_visits", 1000


def feature_drifted(at: ParametersAt, *, households: int, moved: int) -> bool:
    """Whether a model steps back when a feature, half of whose values were high, is high in `moved` households more."""
    return _drifted(at, "feature", households, moved)


def score_drifted(at: ParametersAt, *, households: int, moved: int) -> bool:
    """Whether it does when the score, half of which was high, is high in `moved` households more."""
    return _drifted(at, SCORE, households, moved)


def _drifted(at: ParametersAt, name: str, households: int, moved: int) -> bool:
    trained = {name: Distribution(bounds=(1,), parts=(_TEN_THOUSAND // 2, _TEN_THOUSAND // 2))}
    high = households // 2 + moved
    now = pl.LazyFrame({name: [0] * (households - high) + [1] * high})
    return not breached(drift(trained, now), DriftLimits.of(at)).collect().is_empty()


def calibration_lost(at: ParametersAt, *, households: int, chance: int, cases: int) -> bool:
    """Whether a model steps back that told that chance (per ten thousand) to each household, when so many came."""
    rows = {"chance": [chance] * households, "needed": [each < cases for each in range(households)]}
    found = calibration(pl.LazyFrame(rows), CalibrationLimits.of(at)).filter(pl.col("part") == ALL).collect()
    return bool(found["breached"].item())


def families_called_unusual(at: ParametersAt, *, families: int, standing_out: int) -> int:
    """How many of so many families are called unusual, when so many have a medical cost far above the others."""
    found = _unusual(at, families - standing_out, [1_000_000] * standing_out)
    return found["family_id"].n_unique()


def family_stands_out(at: ParametersAt, *, others: int, medical_yuan: int) -> bool:
    """Whether a family of that medical cost stands out, where the others have from 1000 to 9000 yuan, evenly spread."""
    return not _unusual(at, others, [medical_yuan]).is_empty()


def _unusual(at: ParametersAt, others: int, costs: list[int]) -> pl.DataFrame:
    spread = [1000 + 8000 * each // max(others - 1, 1) for each in range(others)]
    rows = [{"family_id": f"H:{place:05}", "medical_fen": cost * _FEN} for place, cost in enumerate([*spread, *costs])]
    tables = {"families": frame_of(get_table("families"), rows), "members": get_table("members").empty()}
    return unusual_families(tables, at).filter(pl.col("feature") == "medical_cost")


def delivery_stands_out(at: ParametersAt, *, months: int, rows: int) -> bool:
    """Whether a delivery of so many rows stands out, where the other months of the `months` had 1000 rows each."""
    counts = [_ROWS] * (months - 1) + [rows]
    told = [
        {"feed": _FEED, "month": f"{2024 + place // 12}-{place % 12 + 1:02}", "column": "visit_outcome",
         "measure": "value", "bin": "true_include", "cells": count, "rows": count}
        for place, count in enumerate(counts)
    ]  # fmt: skip
    return not unusual_feeds(frame_of(PROFILES, told), at).is_empty()


APPLIED = (
    feature_drifted,
    score_drifted,
    calibration_lost,
    families_called_unusual,
    family_stands_out,
    delivery_stands_out,
)
