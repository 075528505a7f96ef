"""Made-up households at three dates a year apart, and the spec of their features."""

from datetime import date

import numpy as np
import polars as pl

from scoring.spec import Feature

__all__ = ["CUT_OFFS", "SPEC", "history"]

CUT_OFFS = (date(2025, 6, 30), date(2026, 6, 30))
_DATES = (date(2024, 6, 30), *CUT_OFFS)

SPEC = (
    Feature("income", "收入", ("incomes",), direction="less"),
    Feature("illness", "重病", ("conditions",)),
    Feature("luck", "无关", ("nothing",), direction="either"),
)


def history(rows: int = 4500, *, seed: int = 3) -> pl.DataFrame:
    """Need falls with income, rises with illness, and luck has no part in it; a third of the rows at each date."""
    random = np.random.default_rng(seed)
    income, illness = random.integers(0, 100, rows), random.integers(0, 4, rows)
    chance = 1 / (1 + np.exp(0.08 * income - 1.2 * illness - 0.5))
    number = np.arange(rows)
    return pl.DataFrame(
        {
            "family_id": [f"H:{each // 3}" for each in number],
            "as_of": [_DATES[each % 3] for each in number],
            "income": income,
            "illness": illness,
            "luck": random.integers(0, 50, rows),
            "needed": random.random(rows) < chance,
            "triggers": (illness > 1).astype(np.int64),
        }
    )
