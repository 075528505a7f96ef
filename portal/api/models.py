"""The models of need for programs: which one scores, what was done with each, and the figures of its report."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from fastapi import HTTPException, Request, status

from portal.api.operation import Telling, operation, told
from portal.api.overview import Between, Figure
from portal.models import model_report
from registry.errors import NeedModelError
from registry.need_models import acts, current_model, kept_models, model_id_of, shadow_model, states
from scoring.errors import TrainingError

__all__ = ["OPERATIONS"]

_TAG = "models"


class ModelAct(Telling):
    """What was done with a model: registered, proposed, approved, shadowed, withdrawn.

    `holds_from` is the first day whose edition it bears on; registering and proposing bear on none.
    """

    act: str
    acted_by: str
    acted_at: datetime
    holds_from: date | None
    reason: str


class ModelLine(Telling):
    """One kept model; `scores` is the one whose scores stand on the list, `shadows` one that is tried beside it.

    `state` says what it is today: registered, proposed, refused (by the gate), to_score, to_try, scores, on_trial,
    replaced, trial_ended, withdrawn, outdated (other features than scores know now); since, or from when; `until` a
    withdrawal to come.
    """

    model_id: str
    kind: str
    name: str
    model_hash: str
    feature_spec_hash: str
    created_by: str
    created_at: datetime
    scores: bool
    shadows: bool
    state: str
    since: date
    until: date | None
    acts: list[ModelAct]


class BinOut(Telling):
    """Households of neighbouring scores: mean chance, share of cases, how many."""

    chance: Figure
    cases: Figure
    rows: int


class Gain(Telling):
    """Of the households visited first (`visited`, a share), the share of all cases that is found."""

    visited: Figure
    found: Figure


class GroupOut(Telling):
    """One group of one dimension: its measures, gaps and breaches; empty where it is too small to report."""

    dimension: str
    group: str
    households: int
    cases: int
    measures: dict[str, Between]
    gaps: dict[str, Between]
    breaches: list[str]


class Report(Telling):
    """The figures of a model on months that it has not seen; by scorer and measure, with 95 % intervals."""

    model_id: str
    note: str
    days: list[date]
    rows: int
    cases: int
    capacity: float
    measures: dict[str, dict[str, Between]]
    bins: list[BinOut]
    gains: dict[str, list[Gain]]
    groups: list[GroupOut]


def list_models(request: Request) -> Any:
    """The kept models, the latest first."""
    state = request.app.state
    held: Mapping[str, object] = {}
    try:
        held = {
            "scores": current_model(state.engine, state.settings),
            "shadows": shadow_model(state.engine, state.settings),
        }
    except NeedModelError as error:
        raise HTTPException(status.HTTP_409_CONFLICT, str(error)) from None
    names = {name: model_id_of(model) if model else "" for name, model in held.items()}  # type: ignore[arg-type]
    done, found = acts(state.engine), states(state.engine, state.settings)
    return [
        told(
            ModelLine,
            each,
            scores=names["scores"] == each.model_id,
            shadows=names["shadows"] == each.model_id,
            **{name: getattr(found[each.model_id], name) for name in ("state", "since", "until")},
            acts=[told(ModelAct, act, holds_from=act.bears_from) for act in done if act.model_id == each.model_id],
        )
        for each in reversed(kept_models(state.engine))
    ]


def get_model_report(request: Request, model_id: str) -> Any:
    """The figures of the report: discrimination, calibration, gains, fairness by group."""
    try:
        found = model_report(request, model_id)
    except (NeedModelError, TrainingError) as error:
        raise HTTPException(status.HTTP_409_CONFLICT, str(error)) from None
    gains = {
        name: [{"visited": visited, "found": share} for visited, share in points]
        for name, points in found.gains.items()
    }
    return told(Report, found, gains=gains)


OPERATIONS = (
    operation("/models", list_models, "model.read", "评分模型", tag=_TAG, answer=list[ModelLine], may_conflict=True),
    operation(
        "/models/{model_id}/report", get_model_report, "model.read", "模型评估数据", tag=_TAG, answer=Report,
        may_conflict=True,
    ),
)  # fmt: skip
