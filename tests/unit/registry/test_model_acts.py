"""What the acts on models come to: each model has one state on each day, and people read that one everywhere."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from registry.model_acts import STATES, Act, ModelState, model_states

MAY, JUNE, JULY, AUGUST = (date(2026, month, 28) for month in (5, 6, 7, 8))


def _acts(*done: tuple[str, str, date]) -> list[Act]:
    now = datetime(2026, 6, 28, tzinfo=UTC)
    return [Act(model, act, "analyst", now, day, "why", None) for model, act, day in done]


_A = (("a", "registered", MAY), ("a", "proposed", MAY), ("a", "approved", JUNE))
_CASES = (
    (_A[:1], MAY, "a", ModelState("registered", MAY)),
    (_A[:2], MAY, "a", ModelState("proposed", MAY)),
    ((*_A[:2], ("a", "refused", JUNE)), JULY, "a", ModelState("refused", JUNE)),
    ((*_A, ("a", "refused", JULY)), JULY, "a", ModelState("scores", JUNE)),
    (_A, MAY, "a", ModelState("to_score", JUNE)),
    (_A, JULY, "a", ModelState("scores", JUNE)),
    ((*_A, ("a", "withdrawn", JUNE)), JULY, "a", ModelState("withdrawn", JUNE)),
    ((*_A, ("a", "withdrawn", AUGUST)), JULY, "a", ModelState("scores", JUNE, until=AUGUST)),
    ((*_A, ("a", "withdrawn", JUNE), ("a", "proposed", JULY)), JULY, "a", ModelState("proposed", JULY)),
    ((*_A, ("a", "proposed", JULY)), JULY, "a", ModelState("scores", JUNE)),
    ((*_A, ("b", "approved", JULY)), JULY, "a", ModelState("replaced", JULY)),
    ((*_A, ("b", "approved", JULY)), JUNE, "a", ModelState("scores", JUNE)),
    ((*_A, ("b", "approved", JULY), ("b", "withdrawn", AUGUST)), AUGUST, "a", ModelState("replaced", JULY)),
    ((*_A, ("b", "shadowed", JULY)), JULY, "a", ModelState("scores", JUNE)),
    ((*_A, ("b", "shadowed", JULY)), JULY, "b", ModelState("on_trial", JULY)),
    ((*_A, ("b", "shadowed", JULY)), JUNE, "b", ModelState("to_try", JULY)),
    ((*_A, ("b", "shadowed", JULY), ("c", "shadowed", AUGUST)), AUGUST, "b", ModelState("trial_ended", AUGUST)),
    ((*_A, ("b", "shadowed", JUNE), ("b", "withdrawn", JULY)), JULY, "b", ModelState("withdrawn", JULY)),
    ((*_A, ("b", "shadowed", JUNE), ("b", "approved", JULY)), JULY, "b", ModelState("scores", JULY)),
)


@pytest.mark.parametrize(("done", "day", "model", "state"), _CASES)
def test_a_model_is_what_the_acts_made_of_it(
    done: Sequence[tuple[str, str, date]], day: date, model: str, state: ModelState
) -> None:
    """If this fails, a withdrawn or replaced model is called approved, and people trust what it no longer says."""
    assert model_states(_acts(*done), day)[model] == state
    assert state.state in STATES


def test_acts_hold_in_the_order_of_their_days() -> None:
    """If this fails, an approval for later, recorded first, takes the place of what scores now."""
    done = _acts(*_A[:2], ("a", "approved", AUGUST), ("b", "approved", JUNE))
    assert {name: each.state for name, each in model_states(done, JULY).items()} == {"a": "to_score", "b": "scores"}
    assert {name: each.state for name, each in model_states(done, AUGUST).items()} == {"a": "scores", "b": "replaced"}
