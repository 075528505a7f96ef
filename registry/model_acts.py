"""What was done with models of need, and what it comes to on a day: which scores, which is on trial, which no more.

What belongs here: an act, and reading all acts together. Recording them stands in `registry.need_models`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

__all__ = [
    "ACTS",
    "APPROVED",
    "ENDED",
    "HOLDING",
    "ON_TRIAL",
    "OUTDATED",
    "PROPOSED",
    "REFUSED",
    "REGISTERED",
    "REPLACED",
    "SCORES",
    "SHADOWED",
    "STATES",
    "TO_SCORE",
    "TO_TRY",
    "TRIED",
    "WITHDRAWN",
    "Act",
    "ModelState",
    "model_states",
]

REGISTERED, PROPOSED, APPROVED, SHADOWED, WITHDRAWN = "registered", "proposed", "approved", "shadowed", "withdrawn"
REFUSED = "refused"  # by the gate
ACTS = (REGISTERED, PROPOSED, REFUSED, APPROVED, SHADOWED, WITHDRAWN)
SCORES, TRIED, TO_SCORE, TO_TRY, REPLACED, ENDED = "scores", "on_trial", "to_score", "to_try", "replaced", "trial_ended"
OUTDATED = "outdated"
STATES = (REGISTERED, PROPOSED, REFUSED, TO_SCORE, TO_TRY, SCORES, TRIED, REPLACED, ENDED, WITHDRAWN, OUTDATED)
ON_TRIAL = frozenset({TRIED, TO_TRY})
HOLDING = ON_TRIAL | {SCORES, TO_SCORE}
_BEARING = frozenset({APPROVED, SHADOWED, WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did with a model, when, why, and from which day's edition it holds."""

    model_id: str
    act: str
    acted_by: str
    acted_at: datetime
    holds_from: date
    reason: str
    evaluation_hash: str | None

    @property
    def bears_from(self) -> date | None:
        """The first day whose edition it bears on; None of what changes no edition."""
        return self.holds_from if self.act in _BEARING else None


@dataclass(frozen=True, slots=True)
class ModelState:
    """What a model is on a day, one of `STATES`, and since when, or from when where it is still `to_score` or `to_try`.

    `outdated` is one that would score or be on trial and knows other features than scores know now.
    `until` is the day of a withdrawal that is still to come.
    """

    state: str
    since: date
    until: date | None = None


def model_states(acts: Sequence[Act], day: date) -> dict[str, ModelState]:
    """The state on `day` of each model of which there are acts, given in the order in which they were recorded.

    Acts bear on editions from their day on, in the order of these days; one model at most scores and one is on trial.
    """
    holding: dict[str, Act] = {}
    taken: dict[tuple[str, str], date] = {}  # a model that lost its place to another, and when
    for act in sorted((each for each in acts if each.act in _BEARING and each.holds_from <= day), key=_holds_from):
        place = TRIED if act.act == SHADOWED else SCORES
        left = [kind for kind, held in holding.items() if held.model_id == act.model_id and act.act != SHADOWED]
        for kind in left:
            del holding[kind]
        if act.act != WITHDRAWN:
            if place in holding:
                taken[holding[place].model_id, holding[place].act] = act.holds_from
            holding[place] = act
    return {
        model: _state([each for each in acts if each.model_id == model], holding, taken, day)
        for model in dict.fromkeys(each.model_id for each in acts)
    }


def _state(
    own: Sequence[Act], holding: Mapping[str, Act], taken: Mapping[tuple[str, str], date], day: date
) -> ModelState:
    model = own[-1].model_id
    for kind in (SCORES, TRIED):
        if kind in holding and holding[kind].model_id == model:
            gone = [each.holds_from for each in own if each.act == WITHDRAWN and each.holds_from > day]
            return ModelState(kind, holding[kind].holds_from, min(gone, default=None))
    last, bearing = own[-1], [each for each in own if each.act in _BEARING]
    if bearing and bearing[-1].act != WITHDRAWN and bearing[-1].holds_from > day:
        return ModelState(TO_SCORE if bearing[-1].act == APPROVED else TO_TRY, bearing[-1].holds_from)
    if last.act in {APPROVED, SHADOWED}:
        lost = taken.get((model, last.act), last.holds_from)
        return ModelState(REPLACED if last.act == APPROVED else ENDED, lost)
    return ModelState(last.act, last.holds_from)


def _holds_from(act: Act) -> date:
    return act.holds_from
