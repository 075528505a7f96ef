"""Every state of a case against everything that may happen to it, written down once more and apart from the program."""

from itertools import product

import pytest

from registry.casework.codes import CASE_EVENTS, CASE_STATES, FOLLOW_STATES
from registry.casework.follow_ups import STEPS, WITH_REASON
from registry.casework.transitions import TRANSITIONS, CaseState, step
from registry.errors import CaseError

# 待派发 → 已派发（改派）→ 核查中 → 结果 → 已办结；申诉中；有新证据、暂缓期满、异议成立时重新开始
LEADS = {
    ("", "opened"): "pending",
    ("pending", "assigned"): "assigned",
    ("assigned", "reassigned"): "assigned",
    ("checking", "reassigned"): "assigned",
    ("assigned", "started"): "checking",
    ("checking", "visited"): "checking",
    ("checking", "concluded"): "concluded",
    ("concluded", "returned"): "checking",
    ("concluded", "closed"): "closed",
    ("closed", "reopened"): "pending",
    ("closed", "resumed"): "pending",
    ("closed", "transferred"): "closed",
    ("closed", "objected"): "appealed",
    ("appealed", "upheld"): "pending",
    ("appealed", "dismissed"): "closed",
}
for _state in ("pending", "assigned", "checking"):  # while nobody has given a result
    LEADS |= {
        (_state, "asked"): _state,
        (_state, "urged"): _state,
        (_state, "moved"): "pending",
        (_state, "withdrawn"): "closed",
    }
BEGIN_ANEW = ("opened", "reopened", "resumed", "upheld")
FOLLOWED = {
    ("open", "accepted"),
    ("open", "done"),
    ("open", "not_done"),
    ("open", "cancelled"),
    ("accepted", "open"),
    ("accepted", "done"),
    ("accepted", "not_done"),
    ("accepted", "cancelled"),
    ("not_done", "open"),
}


@pytest.mark.parametrize(("state", "kind"), list(product(["", *CASE_STATES.codes], CASE_EVENTS.codes)))
def test_each_event_is_possible_in_its_states_alone(state: str, kind: str) -> None:
    """If this fails, a case is closed without a result, or an act that is due is refused and the family waits."""
    before = CaseState("f" * 24, "need", version=3, state=state, round=1, outcome="not_true", assignee="one")
    if (state, kind) not in LEADS:
        with pytest.raises(CaseError):
            step(before, kind)
        return
    after = step(before, kind)
    assert (after.state, after.version) == (LEADS[state, kind], 4)
    assert after.round == 1 + (kind in BEGIN_ANEW)
    if kind in BEGIN_ANEW and kind != "opened":
        assert (after.outcome, after.assignee) == (None, None)


def test_every_event_has_its_place_in_the_table() -> None:
    """If this fails, something can happen to a case that no table allows, or a state is never reached or never left."""
    assert set(TRANSITIONS) == set(CASE_EVENTS.codes) == {kind for _, kind in LEADS}
    assert set(LEADS.values()) == set(CASE_STATES.codes) == {state for state, _ in LEADS} - {""}


@pytest.mark.parametrize(("before", "after"), list(product(FOLLOW_STATES.codes, FOLLOW_STATES.codes)))
def test_a_measure_goes_from_state_to_state_as_told(before: str, after: str) -> None:
    """If this fails, help that never came is ticked off as done, or what was done is undone without a word."""
    assert (after in STEPS[before]) == ((before, after) in FOLLOWED)
    assert set(WITH_REASON) == {"not_done", "cancelled"}
