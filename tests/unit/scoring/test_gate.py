"""The gate: every condition keeps a candidate out that breaks it, and says so in figures."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from scoring.errors import TrainingError
from scoring.fairness import GroupMeasures, Limits, fairness
from scoring.gate import GateLimits, Verdict, judge
from scoring.intervals import Interval

LIMITS = GateLimits(capacity=0.05, cases=50, months=3, gain=0.0, calibration_error=0.03, gap=0.5)
KNOWN_UNTIL = date(2025, 6, 30)
MONTHS = [date(2025, 6, 30), date(2025, 12, 31), date(2026, 6, 30)]
GAPS = Limits(100, 20, {"recall": 0.2, "precision": 0.4, "calibration": 0.05}, ceiling=0.5)


def _scored(*, better: float = 1.0, level: float = 1.0, rows: int = 6000, seed: int = 2) -> pl.DataFrame:
    """A candidate that knows the chance (told `level` times), and a current score that knows it less by `better`."""
    random = np.random.default_rng(seed)
    true = random.beta(0.5, 6, rows)
    noise = random.normal(0, 0.15, rows) * better
    return pl.DataFrame(
        {
            "family_id": [f"H:{each % (rows // 3)}" for each in range(rows)],
            "as_of": [MONTHS[each * 3 // rows] for each in range(rows)],
            "needed": random.random(rows) < true,
            "candidate": (true * level * 10_000).round().clip(0, 10_000).astype(np.int64),
            "current": ((true + noise) * 10_000).round().astype(np.int64),
        }
    )


def _judged(
    scored: pl.DataFrame, *, biased: float = 0.0, biased_now: float = 0.0, known_until: date = KNOWN_UNTIL
) -> Verdict:
    street = pl.int_range(pl.len()) % 2

    def taken(name: str, *, but: float) -> pl.Expr:
        """The highest twentieth, but a part of those of one street."""
        left_out = (street == 1) & ((pl.int_range(pl.len()) // 2) % 10 < but * 10)
        return ((pl.col(name) >= scored[name].quantile(0.95)) & ~left_out).cast(pl.Float64)

    cases = scored.with_columns(
        chance=pl.col("candidate") / 10_000,
        street=street.cast(pl.String),
        visited=taken("candidate", but=biased),
        visited_now=taken("current", but=biased_now),
    )
    groups = fairness(cases, ["street"], GAPS, rounds=40)
    return judge(scored, groups, LIMITS, declared=GAPS, known_until=known_until, rounds=60)


def _failed(verdict: Verdict) -> list[str]:
    return [each.name for each in verdict.failed]


def test_a_better_calibrated_fair_candidate_passes() -> None:
    """Nothing would ever take the place of the scorecard."""
    verdict = _judged(_scored())
    assert verdict.passed, verdict.failed
    assert [each.name for each in verdict.conditions] == ["unseen", "enough", "beats", "calibration", "fairness"]


@pytest.mark.parametrize("better", [0.0, -0.05])
def test_one_that_finds_no_more_is_refused(better: float) -> None:
    """A model would change whom people visit, and find nobody more."""
    scored = _scored(better=0.0)
    if better:
        scored = scored.with_columns(candidate=10_000 - pl.col("candidate"))
    verdict = _judged(scored)
    assert "beats" in _failed(verdict)
    assert "候选发现" in verdict.failed[0].told


def test_a_gain_that_may_be_luck_is_refused() -> None:
    """A model would be promoted for the luck of a few families."""
    scored = _scored(better=0.15, rows=900)
    verdict = judge(
        scored, [], GateLimits(0.05, 20, 3, 0.0, 1.0, 0.5), declared=GAPS, known_until=KNOWN_UNTIL, rounds=60
    )
    assert "beats" in _failed(verdict)


def test_chances_that_do_not_come_true_are_refused() -> None:
    """A family would be told twice its chance."""
    assert _failed(_judged(_scored(level=2.0))) == [
        "calibration",
    ]  # one condition alone


def test_rare_need_that_is_told_as_half_of_what_comes_is_refused() -> None:
    """Where two in a hundred come into need, chances that are far off still have a small error."""
    scored = _scored().with_columns(
        pl.col("candidate") // 10, needed=pl.col("needed") & (pl.int_range(pl.len()) % 4 == 0)
    )
    verdict = _judged(scored)
    told = next(each for each in verdict.conditions if each.name == "calibration")
    assert "calibration" in _failed(verdict)
    assert "校准误差0." in told.told


def test_one_that_passes_over_a_street_is_refused() -> None:
    """The needy of one street would not be visited."""
    verdict = _judged(_scored(), biased=1.0)
    assert _failed(verdict) == ["fairness"]
    (found,) = verdict.failed[0].lines
    assert found.startswith("street=1的发现率：全部")
    assert "该组0.0%，少100%（" in found
    assert "限值20%），确实比现用的大" in found


def test_one_that_passes_over_a_street_as_what_scores_now_does_is_refused() -> None:
    """A street whose needy are never found would stay so, because it was so before."""
    verdict = _judged(_scored(), biased=1.0, biased_now=1.0)
    assert _failed(verdict) == ["fairness"]
    assert verdict.failed[0].lines[0].startswith("street=1的发现率：")
    assert verdict.failed[0].lines[0].endswith("确实超过绝对上限50%")


def test_the_refusal_names_the_measure_that_refuses_in_words() -> None:
    """If this fails, whoever trained the model reads codes, or mends a measure that nobody refused."""
    verdict = judge(
        _scored(),
        [_group("single", ("recall",)), _group("couple", ())],
        LIMITS,
        declared=GAPS,
        known_until=KNOWN_UNTIL,
        titles={"household_type": "家庭类型", "single": "单人", "couple": "夫妻"},
        rounds=60,
    )
    assert verdict.failed[0].told.endswith("现用的也是如此：家庭类型=夫妻（发现率、命中率）")
    assert verdict.failed[0].lines == ("家庭类型=单人的发现率：该组50.0%，少50%（40%至60%；限值20%）",)


def test_each_gap_that_refuses_is_told_with_its_limit_and_its_ground() -> None:
    """If this fails, whoever trained the model learns that it was refused, and not by how much or for which family."""
    share, wide, low = Interval(0.1, 0.05, 0.15), Interval(0.75, 0.6, 0.9), Interval(0.06, 0.055, 0.07)
    zero = Interval(0.0, -0.1, 0.1)
    everybody = GroupMeasures("all", "all", 9000, 400, {"recall": Interval(0.4, 0.3, 0.5)}, {"recall": zero})
    young = GroupMeasures(
        "age",
        "35",
        500,
        40,
        {"recall": share, "calibration": low},
        {"recall": wide, "calibration": low},
        breaches=("recall", "calibration"),
        widened={"recall": Interval(0.2, 0.1, 0.3)},
        gained={"recall": Interval(-0.02, -0.1, 0.0)},
        worsened=("recall", "calibration"),
    )
    verdict = judge(_scored(), [everybody, young], LIMITS, declared=GAPS, known_until=KNOWN_UNTIL, rounds=60)
    recall, calibration = verdict.failed[0].lines
    assert recall.startswith("age=35的发现率：全部40.0%，该组10.0%，少75%（60%至90%；限值20%），确实比现用的大20%，")
    assert recall.endswith("，确实超过限值而该组无所改善（-2.0%），确实超过绝对上限50%")
    assert calibration == "age=35的低估程度：实际比例比所说的可能性高6.0%（6%至7%；限值5%）"


def _group(name: str, worsened: tuple[str, ...]) -> GroupMeasures:
    """A group with gaps of both measures, of which the candidate answers for some."""
    found = {each: Interval(0.5, 0.4, 0.6) for each in ("recall", "precision")}
    return GroupMeasures(
        "household_type", name, 500, 40, found, found, breaches=("recall", "precision"), worsened=worsened
    )


def test_a_gap_that_is_there_already_is_told_and_refuses_nobody_who_gains() -> None:
    """A street would keep a score that finds less of its needs, for its own good."""
    verdict = _judged(_scored(), biased=0.5, biased_now=0.7)
    assert verdict.passed, verdict.failed
    assert "现用的也是如此：street=1（发现率" in verdict.conditions[-1].told


def test_fewer_months_than_declared_are_refused() -> None:
    """Who chose what to learn from could leave so little to judge on that no group of the needy is seen."""
    few = _scored().filter(pl.col("as_of") > MONTHS[0])
    verdict = judge(few, [], LIMITS, declared=GAPS, known_until=KNOWN_UNTIL, rounds=20)
    assert _failed(verdict) == ["enough"]
    assert "2个月（至少3）" in verdict.failed[0].told


def test_fairness_that_cannot_be_seen_is_refused() -> None:
    """A model would pass because every group is too small to look at."""
    verdict = judge(_scored(), [], LIMITS, declared=GAPS, known_until=KNOWN_UNTIL, rounds=20)
    assert _failed(verdict) == ["fairness"]


def test_months_that_the_model_has_seen_prove_nothing() -> None:
    """A model would be praised for remembering."""
    verdict = _judged(_scored(), known_until=date(2025, 12, 31))
    assert _failed(verdict) == ["unseen"]
    assert "2025-06-30" in verdict.failed[0].told


def test_too_few_cases_prove_nothing() -> None:
    """Ten families would decide for the district."""
    scored = _scored().filter((~pl.col("needed")) | (pl.int_range(pl.len()) % 40 == 0))
    assert "enough" in _failed(_judged(scored))
    with pytest.raises(TrainingError, match="no month"):
        judge(scored.clear(), [], LIMITS, declared=GAPS, known_until=KNOWN_UNTIL)
