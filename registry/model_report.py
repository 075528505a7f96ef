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
from registry.evaluations import evaluation_of
from registry.need_models import model_of
from registry.promotion import later_days
from registry.queries import require_edition
from registry.simulated import note_of, simulated_note
from registry.store import known_deliveries
from registry.training import training_examples
from rules.parameters import Parameters, ParametersAt
from schemas.settings import Settings
from scoring.errors import TrainingError
from scoring.evaluated import Evaluation, evaluated
from scoring.evaluation import CARD, MODEL, RANDOM, TRIGGERS, CutOff
from scoring.fairness import GroupMeasures, Limits, cases_of, fairness
from scoring.metrics import found_at
from scoring.model import NeedModel, scored_by
from scoring.scorecard import scorecard

__all__ = ["LATER", "ModelReport", "measured", "report_of"]

LATER = (MODEL, CARD, TRIGGERS, RANDOM)
"""What a kept model is measured beside on later months: whatever learns nothing."""

_SHARES = tuple(each / 100 for each in range(21))
_SEED = 0
_NOBODY = "no household is known to have come into need in the months after model %(model)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReport:
    """The figures of one model.

    `later` measures the kept model on months that it has not seen, beside what learns nothing; `gains` are needs found
    there by share visited, of each scorer. `method` is the evaluation that the model was kept with: trained anew at
    several dates, beside ways that learn, too.
    """

    model_id: str
    model: NeedModel
    note: str
    days: tuple[date, ...]
    rows: int
    cases: int
    later: Evaluation
    method: Evaluation | None
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
    days = later_days(model, newest, at)
    rows = training_examples(engine, settings, parameters, days, newest)
    groups = groups_at(knowledge(known_deliveries(engine, settings, newest)), days, parameters)
    known = rows.filter(pl.col("needed").is_not_null())
    if not known["needed"].any():
        raise TrainingError(_NOBODY, model=model_id)
    found = measured(model, known, groups, at)
    return replace(
        found,
        model_id=model_id,
        note=note_of(edition) or simulated_note(model),
        method=evaluation_of(settings, model_id, model),
    )


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
    days = scored["as_of"].unique().sort().to_list()
    cut_offs = [CutOff(day, 0, 0, scored.filter(pl.col("as_of") == day), "family_id", LATER) for day in days]
    limits = Limits.of(at)
    cases = cases_of(cut_offs, MODEL, groups, capacity, now=CARD)
    return ModelReport(
        model_id="",
        model=model,
        note="",
        days=tuple(days),
        rows=rows.height,
        cases=int(rows["needed"].sum()),
        later=evaluated(cut_offs, seed=_SEED),
        method=None,
        gains={name: _gains(cut_offs, name) for name in LATER},
        groups=tuple(fairness(cases, [*DIMENSIONS], limits, seed=_SEED)),
        limits=limits,
        capacity=capacity,
    )


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
