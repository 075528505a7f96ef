"""Training a model of need on the installation's own deliveries, measured forward in time, and keeping it.

What belongs here: which months are learnt from, which are left for measuring, and what the card says. Fitting stands in
`scoring.training`, the examples in `editions.history`.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version

import polars as pl
from sqlalchemy import Engine

from editions.feature_sources import feature_sources
from editions.hashing import table_hash
from editions.history import HORIZON_MONTHS, examples, knowledge
from registry.evaluations import EVALUATION, evaluation_hash, keep_evaluation
from registry.lock import writer_lock
from registry.need_models import keep_model, model_id_of
from registry.simulated import is_simulated
from registry.store import known_deliveries
from registry.versions import code_version
from rules.parameters import Parameters, ParametersAt
from schemas.contract import month_end
from schemas.settings import Settings
from schemas.simulated import SIMULATED
from scoring.additive import AdditiveModel
from scoring.errors import TrainingError
from scoring.evaluated import Evaluation, evaluated
from scoring.evaluation import CARD, MODEL, TRIGGERS, evaluate
from scoring.features import MODEL_FEATURES
from scoring.model import scored_by
from scoring.scorecard import scorecard
from scoring.spec import check_sources, spec_hash
from scoring.training import LEAST_CASES, fit

__all__ = ["TARGET", "Trained", "as_well_known", "known_months", "left_to_judge", "train", "training_examples"]

TARGET = "十二个月内进入或重新进入基本救助，或经入户核查确认属实"
_MOST_CUT_OFFS = 4
_WAIT_SECONDS = 7200  # for a run that writes meanwhile: what was learnt would be lost
_KNOWN_APART = 0.1  # of the households
_CUT_OFF_STEP = 3  # months: outcomes of neighbouring months are nearly the same

Report = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Trained:
    """A kept model, and how the way it was trained does beside its peers; None where no month could tell.

    `left` is on how many months it can be judged today, of at most `judging`.
    """

    model_id: str
    model: AdditiveModel
    evaluation: Evaluation | None
    left: int
    judging: int


def known_months(engine: Engine, settings: Settings, until: date) -> list[date]:
    """The ends of all months from the first delivered one to the last, up to `until`."""
    months = sorted({each.month for each in known_deliveries(engine, settings, until)})
    if not months:
        return []
    first, last = (date.fromisoformat(f"{each}-01") for each in (months[0], months[-1]))
    return pl.date_range(first, last, "1mo", eager=True).dt.month_end().to_list()


def training_examples(
    engine: Engine, settings: Settings, parameters: Parameters, days: Iterable[date], newest: date
) -> pl.DataFrame:
    """`editions.history.examples` over the accepted deliveries of folder months up to `newest`."""
    return examples(knowledge(known_deliveries(engine, settings, newest)), days, parameters, newest=newest)


def train(  # noqa: PLR0913  # what a training is made of
    engine: Engine,
    settings: Settings,
    parameters: Parameters,
    *,
    today: date,
    actor: str,
    first: date | None = None,
    last: date | None = None,
    seed: int = 0,
    report: Report = lambda _: None,
) -> Trained:
    """Learn from the months `first` to `last`, evaluate at several dates, keep the model with its card.

    By default months are left out in which less was known of the features than later, and at the end as many as leave
    `gate.months` to judge the model on (`left_to_judge`). At each date of the evaluation everything is trained anew on
    what was known then (`scoring.evaluation`).

    Raises:
        TrainingError: history is too short, or there are too few cases; the scorecard stays.
        ForbiddenFeatureError: a feature is derived from what no score may know.
    """
    check_sources(MODEL_FEATURES, feature_sources())
    months = known_months(engine, settings, today)
    judging = parameters.as_of(months[-1] if months else today).integer("gate.months")
    learnt, dates = _months(months, first, last, judging)
    newest = months[-1]
    report(f"{len(learnt)} months to learn from")
    table = training_examples(engine, settings, parameters, {*learnt, *dates}, newest).filter(
        pl.col("needed").is_not_null()
    )
    if first is None:
        learnt = as_well_known(table, learnt)
        table = table.filter(pl.col("as_of") >= learnt[0])
        report(f"{len(learnt)} months whose features are as well known as those of {learnt[-1]}")
    rows = table.filter(pl.col("as_of") <= learnt[-1])
    report(f"evaluating at up to {len(dates)} dates")
    evaluation = _evaluated(table, dates, parameters.as_of(newest), seed)
    report("training")
    model = fit(
        rows,
        rows["needed"],
        MODEL_FEATURES,
        name=f"additive-{learnt[-1]:%Y-%m}",
        target=TARGET,
        households=rows["family_id"],
        seed=seed,
        data=_data(rows, learnt, newest)
        | {"code": code_version(), "parameters": parameters.as_of(newest).digest, "library": _library()}
        | ({SIMULATED: 1} if is_simulated(settings, engine) else {})
        | ({EVALUATION: evaluation_hash(evaluation)} if evaluation else {}),
    )
    means = {name: each.value for name, each in evaluation.measures[MODEL].items()} if evaluation else {}
    kept = model.model_copy(update={"metrics": {name: value for name, value in means.items() if math.isfinite(value)}})
    with writer_lock(settings, wait_seconds=_WAIT_SECONDS):
        if evaluation:
            keep_evaluation(settings, model_id_of(kept), evaluation)
        model_id = keep_model(engine, settings, kept, actor=actor, purpose="训练")
    return Trained(model_id, kept, evaluation, left_to_judge(months, learnt[-1], judging), judging)


def _months(
    months: Sequence[date], first: date | None, last: date | None, judging: int
) -> tuple[list[date], list[date]]:
    """Months to learn from, and dates to evaluate at, at each of which outcomes of some of the former were known.

    Without `last` learning ends where `judging` months are left that the model has not seen and whose outcomes are
    known: those from a horizon after the last learnt one on.
    """
    known = [day for day in months if _later(day) <= months[-1]]
    unseen = HORIZON_MONTHS + judging - 1
    until = last or (known[-1 - unseen] if len(known) > unseen else None)
    learnt = [day for day in known if until is not None and (first is None or day >= first) and day <= until]
    if not learnt:
        raise TrainingError(
            _nothing_to_learn(len(months), len(known), judging, chosen=first is not None or last is not None)
        )
    dates = [day for day in known if day >= _later(learnt[0])]
    return learnt, sorted(dates[::-_CUT_OFF_STEP][:_MOST_CUT_OFFS])


def left_to_judge(months: Sequence[date], last: date, judging: int) -> int:
    """How many of `months` a model learnt up to `last` has not seen, their outcomes being known; at most `judging`."""
    return min(judging, sum(_later(last) <= day and _later(day) <= months[-1] for day in months))


def _nothing_to_learn(months: int, known: int, judging: int, *, chosen: bool) -> str:
    told = f"{months} months are delivered, and whether need came is known of {known}"
    if chosen:
        return f"no month to learn from is among those chosen: {told}; choose others; the scorecard stays"
    wanted = 2 * HORIZON_MONTHS + judging
    return (
        f"history is too short: {told}; {wanted} are needed, one to learn from, a year in which need comes, "
        f"{judging} to judge on and their year: {wanted - months} are missing; the scorecard stays until then, or "
        "choose months with --from and --to, and the gate waits until as many are left to judge on"
    )


def _library() -> str:
    """What grew the trees; scoring needs none of it."""
    return f"scikit-learn {version('scikit-learn')}"


def as_well_known(table: pl.DataFrame, months: Sequence[date]) -> list[date]:
    """The last of `months` and those right before it in which each feature is known of about as many households.

    In its first year an installation knows no year before: a model that learnt from then would take what is not known
    for usual, and step back from every later edition.
    """
    shares = {
        day: table.filter(pl.col("as_of") == day).select(
            pl.col(each.name).count() / pl.len() for each in MODEL_FEATURES
        )
        for day in months
    }
    last = shares[months[-1]].row(0)
    kept: list[date] = []
    for day in reversed(months):
        if max(abs(one - other) for one, other in zip(shares[day].row(0), last, strict=True)) > _KNOWN_APART:
            break
        kept.insert(0, day)
    return kept


def _later(day: date) -> date:
    """The end of the month a horizon later."""
    number = day.year * 12 + day.month - 1 + HORIZON_MONTHS
    return month_end(f"{number // 12:04d}-{number % 12 + 1:02d}")


def _data(rows: pl.DataFrame, learnt: Sequence[date], newest: date) -> dict[str, str | int]:
    return {
        "first_as_of": learnt[0].isoformat(),
        "last_as_of": learnt[-1].isoformat(),
        "outcomes_known_on": newest.isoformat(),
        "households": rows["family_id"].n_unique(),
        "households_with_need": rows.filter(pl.col("needed"))["family_id"].n_unique(),
        "cases_by_visit": int(rows["by_visit"].sum()),
        "households_by_visit": rows.filter(pl.col("by_visit"))["family_id"].n_unique(),
        "feature_spec": spec_hash(MODEL_FEATURES),
        "examples": table_hash(rows),
    }


def _evaluated(table: pl.DataFrame, dates: Sequence[date], at: ParametersAt, seed: int) -> Evaluation | None:
    """The evaluation at those of `dates` that have cases, with enough known by then to learn from; None without any."""
    telling = _telling(table, dates)
    if not telling:
        return None
    carded = table.with_columns(scored_by(scorecard(at), table).alias(CARD))
    cut_offs = evaluate(carded, MODEL_FEATURES, telling, given={CARD: CARD, TRIGGERS: TRIGGERS}, seed=seed)
    return evaluated(cut_offs, seed=seed)


def _telling(table: pl.DataFrame, dates: Sequence[date]) -> list[date]:
    """Those of `dates` that have cases and households without, and before which enough was known to learn from."""
    horizon = f"{HORIZON_MONTHS}mo"
    known = {day: table.filter(pl.col("as_of").dt.offset_by(horizon) <= day)["needed"] for day in dates}
    own = {day: table.filter(pl.col("as_of") == day)["needed"] for day in dates}
    return [
        day
        for day in dates
        if own[day].any() and not own[day].all() and min(known[day].sum(), (~known[day]).sum()) >= LEAST_CASES
    ]
