"""What a model on trial would have changed."""

from pathlib import Path

import polars as pl

from assets.shadow import shadow_metadata
from schemas.tables import get_table


def _made(folder: Path, rows: int) -> dict[str, Path]:
    numbers = range(rows)
    frame = pl.DataFrame(
        {
            "family_id": [f"H:{each:03d}" for each in numbers],
            "score": [each * 10 for each in numbers],
            "model": ["ab"] * rows,
            "current_score": [-each for each in numbers],
        },
        schema=get_table("shadow_scores").schema,
    )
    path = folder / "shadow_scores.parquet"
    frame.write_parquet(path)
    return {"shadow_scores": path}


def test_households_that_would_be_visited_instead_are_counted(tmp_path: Path) -> None:
    """A model would be put on trial and nobody would see what it does."""
    found = shadow_metadata(_made(tmp_path, 200))
    counts = {name: each.value for name, each in found.items()}
    assert counts == {
        "model_on_trial": "ab",
        "others_in_first_1%": 2,
        "others_in_first_2%": 4,
        "others_in_first_5%": 10,
    }


def test_without_a_model_on_trial_nothing_is_told(tmp_path: Path) -> None:
    """Every edition would speak of a trial that there is none of."""
    assert shadow_metadata(_made(tmp_path, 0)) == {}
    assert shadow_metadata({"list": tmp_path}) == {}
