"""What is known of a kept model: how it did on months that it has not seen, beside simpler ways, group by group.

What belongs here: the figures of the report, without a name or key. Their page is drawn in `portal.model_report`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl
from sqlalchemy import Engine

from editions.fairness_groups import DIMENSIONS, groups_at
from editions.history import knowledge
from registry.need_models import model_of
from registry.promotion import later_days, scored_by
from registry.queries import require_edition
from registry.simulated import note_of, simulated_note
from registry.store import known_deliveries
from registry.training import training_examples
from rules.parameters import Parameters, ParametersAt
from schemas.settings import Settings
from scoring.errors import TrainingError
from scoring.evaluation import CAPACITIES, MODEL, RANDOM, TRIGGERS, CutOff, intervals
from scoring.fairness import GroupMeasures, Limits, cases_of, fairness
from scoring.intervals import Interval
from scoring.metrics import Bin, found_at
from scoring.model import NeedModel
from scoring.scorecard import scorecard

__all__ = ["CARD", "SCORERS", "ModelReport", "measured", "report_of"]

CARD = "scorecard"
SCORERS: Mapping[str, str] = {MODEL: "本模型", CARD: "评分卡", TRIGGERS: "单项触发规则", RANDOM: "随机走访"}
_SHARES = tuple(each / 100 for each in range(21))
_SEED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReport:
    """The figures of one model; `gains` are needs found by share visited, of each scorer."""

    model_id: str
    model: NeedModel
    note: str
    days: tuple[date, ...]
    rows: int
    cases: int
    measures: Mapping[str, Mapping[str, Interval]]
    bins: tuple[Bin, ...]
    gains: Mapping[str, tuple[tuple[float, float], ...]]
    groups: tuple[GroupMeasures, ...]
    limits: Limits
    capacity: float


def report_of(engine: Engine, settings: Settings, parameters: Parameters, model_id: str) -> ModelReport:
    """The report of a kept model on the unseen months whose outcomes are known.

    Raises:
        NeedModelError: there is no such model or no such month.
        TrainingError: the months have no household in need.
    """
    model, edition = model_of(settings, model_id), require_edition(engine)
    newest = edition.as_of
    at = parameters.as_of(newest)
    days = later_days(model, newest, at.integer("gate.months"))
    rows = training_examples(engine, settings, parameters, days, newest)
    groups = groups_at(knowledge(known_deliveries(engine, settings, newest)), days, parameters)
    known = rows.filter(pl.col("needed").is_not_null())
    if not known["needed"].any():
        raise TrainingError(f"no household is known to have come into need in the months after model {model_id}")
    found = measured(model, known, groups, at)
    return replace(found, model_id=model_id, note=note_of(edition) or simulated_note(model))


def measured(model: NeedModel, rows: pl.DataFrame, groups: pl.DataFrame, at: ParametersAt) -> ModelReport:
    """The figures on `rows` (as `editions.history.examples` gives them) and `groups` (as `groups_at` does)."""
    capacity = at.integer("gate.capacity_percent") / 100
    random = np.random.default_rng(_SEED).random(rows.height)
    scored = rows.select("family_id", "as_of", "needed").with_columns(
        scored_by(model, rows).alias(MODEL),
        scored_by(scorecard(at), rows).alias(CARD),
        rows["triggers"].alias(TRIGGERS),
        pl.Series(RANDOM, random),
    )
    cut_offs = [_cut_off(part) for part in scored.sort("as_of").partition_by("as_of", maintain_order=True)]
    limits = Limits.of(at)
    return ModelReport(
        model_id="",
        model=model,
        note="",
        days=tuple(each.on for each in cut_offs),
        rows=rows.height,
        cases=int(rows["needed"].sum()),
        measures=intervals(cut_offs, seed=_SEED),
        bins=_whole(scored).ranking(MODEL).measure(CAPACITIES).bins,
        gains={name: _gains(cut_offs, name) for name in SCORERS},
        groups=tuple(fairness(cases_of(cut_offs, MODEL, groups, capacity), [*DIMENSIONS], limits, seed=_SEED)),
        limits=limits,
        capacity=capacity,
    )


def _cut_off(scored: pl.DataFrame) -> CutOff:
    cut = _whole(scored)
    return replace(cut, measures={name: cut.ranking(name).measure(CAPACITIES) for name in SCORERS})


def _whole(scored: pl.DataFrame) -> CutOff:
    return CutOff(scored["as_of"][0], 0, 0, {}, scored, "family_id", CAPACITIES)


def _gains(cut_offs: list[CutOff], name: str) -> tuple[tuple[float, float], ...]:
    """Needs found, of all, when each share of the households of each month is visited."""
    cases = sum(int(cut.scored["needed"].sum()) for cut in cut_offs)
    points = []
    for share in _SHARES:
        found = 0.0
        for cut in cut_offs:
            needed = cut.scored["needed"].to_numpy()
            scores = cut.scored[name].to_numpy().astype(np.float64)
            found += found_at(scores, needed, share).recall * int(needed.sum()) if share else 0.0
        points.append((share, found / cases))
    return tuple(points)
