"""Unusual households and deliveries: those put in on purpose are found, the well-off and the usual are not."""

import numpy as np
import polars as pl
import pytest

from editions.anomalies import PROFILE
from scoring.anomalies import found_and_true, unusual_deliveries, unusual_households
from scoring.errors import TrainingError
from scoring.spec import Feature

ROWS, INJECTED = 6000, 60


def _households(seed: int = 0) -> pl.DataFrame:
    """Incomes and costs as they spread in a district; the first sixty are poor and ill, the next sixty very rich."""
    random = np.random.default_rng(seed)
    income = random.lognormal(10.8, 0.5, ROWS)
    cost = np.where(random.random(ROWS) < 0.6, random.lognormal(6.5, 1.0, ROWS), 0)
    income[:INJECTED] = random.uniform(500, 4_000, INJECTED)
    cost[:INJECTED] = random.uniform(60_000, 200_000, INJECTED)
    income[INJECTED : 2 * INJECTED] *= 60
    members, working = random.integers(1, 6, ROWS), random.integers(1, 3, ROWS)
    table = pl.DataFrame(
        {
            "family_id": [f"H:{each}" for each in range(ROWS)],
            "income_per_head": income.astype(np.int64),
            "medical_cost": cost.astype(np.int64),
            "medical_share": (100 * cost / income).astype(np.int64),
            "dependants": np.clip((members - working) // working, 0, None),
        }
    )
    return table.with_columns(income_per_head=pl.when(pl.int_range(pl.len()) % 9 != 8).then(pl.col("income_per_head")))


def _found(table: pl.DataFrame, share: float = 0.01) -> pl.DataFrame:
    return unusual_households(table, PROFILE, share=share, deviations=4)


def test_households_put_in_on_purpose_are_found() -> None:
    """A family with no income and ruinous costs would look like any other."""
    true = pl.Series([f"H:{each}" for each in range(INJECTED)])
    precision, recall = found_and_true(_found(_households())["family_id"], true)
    assert precision.value >= 0.9
    assert recall.value >= 0.9
    assert precision.low > 0.75


def test_nobody_stands_out_by_being_well_off() -> None:
    """Families would be looked at because of their wealth: that is no business of this list."""
    rich = [f"H:{each}" for each in range(INJECTED, 2 * INJECTED)]
    found = _found(_households(), share=0.05)
    assert not set(found["family_id"]) & set(rich)


def test_what_stands_out_is_told() -> None:
    """A visitor would be sent without knowing what to look at."""
    found = _found(_households())
    first = found.filter(rank=1)
    assert set(first["feature"]) >= {"medical_cost", "income_per_head"} or first["deviation"].max() > 10  # type: ignore[operator]
    assert (found["deviation"] >= 4).all()
    medical = found.filter(feature="medical_cost")
    assert (medical["value"] > medical["usual"]).all()
    income = found.filter(feature="income_per_head")
    assert (income["value"] < income["usual"]).all()


def test_what_is_not_known_is_not_unusual() -> None:
    """A family would be unusual for having no record."""
    table = _households().with_columns(
        [
            pl.when(pl.col("family_id") == "H:3000").then(None).otherwise(pl.col(each.name)).alias(each.name)
            for each in PROFILE
        ]
    )
    assert "H:3000" not in _found(table, share=0.5)["family_id"]


def test_usual_households_have_nobody_unusual() -> None:
    """A hundredth of any district would be called unusual, whatever it is like."""
    random = np.random.default_rng(1)
    table = _households().with_columns(
        income_per_head=pl.Series(random.integers(40_000, 50_000, ROWS)),
        medical_cost=pl.Series(random.integers(80, 120, ROWS)), medical_share=pl.lit(1), dependants=pl.lit(1),
    )  # fmt: skip
    assert _found(table).is_empty()


def test_the_order_of_rows_changes_nothing_of_what_stands_out() -> None:
    """The same district would give another list the next time."""
    table = _households()
    assert _found(table).equals(_found(table))


def test_a_spec_without_a_side_of_need_is_refused() -> None:
    """Families would be looked at for anything unusual."""
    spec = [Feature("income_per_head", "收入", ("incomes",), direction="either")]
    with pytest.raises(TrainingError, match="side of need"):
        unusual_households(_households(), spec, share=0.1, deviations=3)
    with pytest.raises(TrainingError, match="too few"):
        unusual_households(_households().head(20), PROFILE, share=0.1, deviations=3)


FEEDS, MONTHS = 20, 12


def _profiles(seed: int = 0) -> tuple[pl.DataFrame, pl.Series]:
    """Twenty feeds in twelve months with chance and a slow trend; four deliveries are wrong in four ways."""
    random = np.random.default_rng(seed)
    wrong = {(3, 7): "halved", (8, 4): "emptied", (12, 9): "recoded", (17, 11): "doubled"}
    rows = []
    for feed in range(FEEDS):
        for month in range(MONTHS):
            fault = wrong.get((feed, month), "")
            count = int(random.normal(2000 + 10 * month, 40) * {"halved": 0.3, "doubled": 2.5}.get(fault, 1))
            empty = random.binomial(count, 0.5 if fault == "emptied" else 0.04)
            coded = random.binomial(count - empty, 0.15 if fault == "recoded" else 0.7)
            cells = (
                ("phone", "empty", "", empty),
                ("kind", "code", "a", coded),
                ("kind", "code", "b", count - empty - coded),
            )
            rows += [(f"feed{feed}", f"2025-{month + 1:02}", *each, count) for each in cells]
    schema = ["feed", "month", "column", "measure", "bin", "cells", "rows"]
    names = pl.Series([f"feed{feed}/2025-{month + 1:02}" for feed, month in wrong])
    return pl.DataFrame(rows, schema=schema, orient="row"), names


def test_deliveries_spoilt_on_purpose_are_found() -> None:
    """A department's half file, emptied column or swapped codes would pass as usual."""
    true_found = []
    for seed in range(5):
        profiles, wrong = _profiles(seed)
        found = unusual_deliveries(profiles.lazy(), deviations=6, least_months=5).collect()
        places = found.select(pl.concat_str("feed", "month", separator="/")).to_series()
        true_found.append(found_and_true(places, wrong))
    assert min(recall.value for _, recall in true_found) == 1
    assert np.mean([precision.value for precision, _ in true_found]) >= 0.8


def test_deliveries_without_rows_or_with_few_are_as_usual_as_ever() -> None:
    """Zero reports would drown what there is to look at: their shares are no numbers, and one row is no flood."""
    months = [f"2025-{month + 1:02}" for month in range(MONTHS)]
    counts = [0, 0, 1, 0, 2, 0, 0, 1, 0, 0, 1, 0]
    rows = [("quiet", month, "kind", "code", "a", count, count) for month, count in zip(months, counts, strict=True)]
    rows += [("small", month, "kind", "code", f"c{place}", 1, 12) for place, month in enumerate(months)]
    schema = ["feed", "month", "column", "measure", "bin", "cells", "rows"]
    profiles = pl.DataFrame(rows, schema=schema, orient="row").lazy()
    assert unusual_deliveries(profiles, deviations=6, least_months=5).collect().is_empty()


def _yearly(*counts: int) -> pl.LazyFrame:
    """Thirty months of a feed that says much in each September, in `counts` rows, and little else."""
    rows = []
    for place in range(30):
        month = f"{2023 + place // 12}-{place % 12 + 1:02}"
        count = counts[place // 12] if month.endswith("-09") else 20 + place % 3
        rows.append(("enrolments", month, "kind", "code", "new" if month.endswith("-09") else "moved", count, count))
    schema = ["feed", "month", "column", "measure", "bin", "cells", "rows"]
    return pl.DataFrame(rows, schema=schema, orient="row").lazy()


def _standing_out(profiles: pl.LazyFrame) -> set[str]:
    return set(unusual_deliveries(profiles, deviations=6, least_months=5).collect()["month"])


def test_what_comes_every_year_is_compared_with_other_years() -> None:
    """Each September of a school would be called unusual for good, and nobody would look at the one that is."""
    assert not _standing_out(_yearly(3_000, 3_200))
    assert _standing_out(_yearly(3_000, 1_000)) == {"2023-09", "2024-09"}
    once = _yearly(3_000, 3_200).filter(pl.col("month") != "2023-09")
    assert _standing_out(once) == {"2024-09"}


def test_a_fault_in_the_same_month_of_another_year_still_stands_out() -> None:
    """A department that sends half of a file one June could send none the next."""
    profiles = _yearly(3_000, 3_200).with_columns(
        pl.when(pl.col("month") == "2023-06").then(pl.lit(200)).when(pl.col("month") == "2024-06").then(pl.lit(1))
        .otherwise("rows").alias("rows")
    ).with_columns(cells="rows")  # fmt: skip
    assert _standing_out(profiles) == {"2023-06", "2024-06"}


def test_a_short_history_says_nothing() -> None:
    """The second delivery of a feed would be unusual because it is not the first."""
    profiles, _ = _profiles()
    early = profiles.filter(pl.col("month") <= "2025-04").lazy()
    assert unusual_deliveries(early, deviations=3, least_months=5).collect().is_empty()


def test_a_code_that_comes_once_is_found_and_small_files_are_not() -> None:
    """A new code of half a file would hide because no month before has it."""
    profiles, _ = _profiles()
    renamed = profiles.with_columns(
        bin=pl.when((pl.col("feed") == "feed1") & (pl.col("month") == "2025-06") & (pl.col("bin") == "b"))
        .then(pl.lit("c")).otherwise("bin")
    )  # fmt: skip
    found = unusual_deliveries(renamed.lazy(), deviations=6, least_months=5).collect()
    assert {"b", "c"} <= set(found.filter(feed="feed1", month="2025-06")["bin"])
    few = pl.DataFrame(
        [("tiny", f"2025-{each + 1:02}", "kind", "code", "a", 1 if each == 3 else 2, 3) for each in range(12)],
        schema=profiles.columns, orient="row",
    )  # fmt: skip
    assert unusual_deliveries(few.lazy(), deviations=6, least_months=5).collect().is_empty()
