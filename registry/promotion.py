"""Proposing a model for the place of what scores now, and approving it.

What belongs here: judging a kept model on later months that it has not seen, keeping the judgement under its hash, and
the acts of two persons. The conditions stand in `scoring.gate`, the numbers in `rules/parameters/gate.yaml` and
`fairness.yaml`.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Engine

from editions.fairness_groups import DIMENSIONS, GROUPS, groups_at
from editions.history import HORIZON_MONTHS, examples, knowledge
from registry.errors import GateRefusedError, NeedModelError
from registry.files import writing
from registry.model_acts import HOLDING, PROPOSED, REFUSED, SCORES, TO_SCORE, TO_TRY, model_states
from registry.need_models import act_on, acts, current_model, model_of
from registry.queries import EditionInfo, require_edition
from registry.scoring_told import stepped_back
from registry.simulated import is_simulated
from registry.store import known_deliveries
from rules.parameters import Parameters, ParametersAt
from schemas.codes import CODE_LISTS
from schemas.settings import Settings
from schemas.simulated import SIMULATED
from scoring.fairness import GroupMeasures, Limits, fairness
from scoring.features import MODEL_FEATURES
from scoring.gate import CANDIDATE, CURRENT, GateLimits, Verdict, judge
from scoring.metrics import TEN_THOUSAND, visited
from scoring.model import NeedModel, model_hash, scored_by
from scoring.scorecard import scorecard
from scoring.spec import spec_hash

__all__ = [
    "Judgement",
    "Withdrawn",
    "approve",
    "judged",
    "judgement_of",
    "keep_judgement",
    "later_days",
    "propose",
    "refused_on",
    "shadow",
    "unseen_days",
    "withdraw",
]

_DIGEST_BYTES = 16
_A_DAY = timedelta(days=1)
_UNTIL_WHEN = "model %(model)s does not say up to which month it was trained; train it again"
_ADDITIVE = "additive"
_TITLES = {**DIMENSIONS, **GROUPS, **{code: titles[0] for code, titles in CODE_LISTS["street"].labels.items()}}


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with the groups it rests on; `document` is what is kept of it, `hash` its name."""

    verdict: Verdict
    groups: tuple[GroupMeasures, ...]
    document: dict[str, Any]

    @property
    def hash(self) -> str:
        """Equal for equal judgements."""
        return blake2b(_bytes(self.document), digest_size=_DIGEST_BYTES).hexdigest()


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """From which day's edition on a model is out, and what it was: scoring, on trial, or still to come."""

    holds_from: date
    was: str


def later_days(model: NeedModel, newest: date, at: ParametersAt) -> list[date]:
    """Ends of months that the model has not seen and whose outcomes are known at `newest`; the latest `gate.months`.

    Raises:
        NeedModelError: there is none yet, or the model does not say what it was trained on.
    """
    return unseen_days(_known_until(model), newest, at)


def unseen_days(first: date, newest: date, at: ParametersAt) -> list[date]:
    """Ends of months from `first` on whose outcomes are known at `newest`; the latest `gate.months`.

    Raises:
        NeedModelError: there is none yet.
    """
    last = _moved(newest, -HORIZON_MONTHS)
    ends = pl.date_range(date(first.year, first.month, 1), last, "1mo", eager=True).dt.month_end()
    days = [day for day in ends.to_list() if first <= day <= last]
    if not days:
        raise NeedModelError(
            "no month is unseen and known: the model knew outcomes up to %(first)s, and those of %(last)s are the "
            "latest that can be known; wait, or train on earlier months",
            first=first,
            last=last,
        )
    return days[-at.integer("gate.months") :]


def judged(engine: Engine, settings: Settings, parameters: Parameters, model_id: str) -> Judgement:
    """The judgement on a kept model against what scores now, on later months.

    Raises:
        NeedModelError: no such model, no chances to judge, or no later month.
        TrainingError: there are no households to judge on.
    """
    model = model_of(settings, model_id)
    if model.kind != _ADDITIVE:
        raise NeedModelError(f"model {model_id} is a {model.kind}: it tells no chances, and needs no promotion")
    if SIMULATED in model.data and not is_simulated(settings, engine):
        raise NeedModelError(f"model {model_id} was trained on simulated households; it says nothing of real ones")
    _same_features(model, model_id)
    edition = require_edition(engine)
    newest = edition.as_of
    at = parameters.as_of(newest)
    present = _present(engine, settings, edition, at)
    limits, days = GateLimits.of(at), later_days(model, newest, at)
    known = knowledge(known_deliveries(engine, settings, newest))
    rows = examples(known, days, parameters, newest=newest).filter(pl.col("needed").is_not_null())
    scored = rows.select("family_id", "as_of", "needed").with_columns(
        scored_by(model, rows).alias(CANDIDATE), scored_by(present, rows).alias(CURRENT)
    )
    declared = Limits.of(at)
    groups = fairness(_cases(scored, groups_at(known, days, parameters), limits), [*DIMENSIONS], declared)
    verdict = judge(scored, groups, limits, declared=declared, known_until=_known_until(model), titles=_TITLES)
    document = {
        "model_id": model_id,
        "against": model_hash(present),
        "days": [day.isoformat() for day in days],
        "rows": rows.height,
        "cases": int(rows["needed"].sum()),
        "newest": newest.isoformat(),
        "parameters": at.digest,
        "passed": verdict.passed,
        "conditions": [asdict(each) for each in verdict.conditions],
        "groups": [asdict(each) for each in groups],
    }
    return Judgement(verdict, tuple(groups), document)


def propose(
    engine: Engine, settings: Settings, parameters: Parameters, model_id: str, *, actor: str, reason: str
) -> Judgement:
    """Judge the model, keep the judgement, and record the proposal, or that the gate refused it.

    A refusal is an act as well: who approves the next model sees how many were tried, and an earlier judgement on fewer
    months no longer counts.

    Raises:
        GateRefusedError: a condition of the gate does not hold.
    """
    found = judged(engine, settings, parameters, model_id)
    keep_judgement(settings, model_id, found)
    act = PROPOSED if found.verdict.passed else REFUSED
    act_on(engine, settings, model_id, act, actor=actor, reason=reason, evaluation_hash=found.hash)
    if act == REFUSED:
        raise GateRefusedError(f"model {model_id} does not pass the gate:\n{_refusal(found)}")
    return found


def _refusal(found: Judgement) -> str:
    """One line a condition that does not hold, and one a gap of a group that refuses."""
    lines = [
        line for each in found.verdict.failed for line in (f"✗ {each.told}", *(f"  ✗ {one}" for one in each.lines))
    ]
    return "\n".join([*lines, f"the judgement is kept under {found.hash}; `doudi model report` shows all groups"])


def approve(  # what an approval is
    engine: Engine,
    settings: Settings,
    parameters: Parameters,
    model_id: str,
    *,
    actor: str,
    reason: str,
    holds_from: date | None = None,
) -> str:
    """Make a proposed model the current one; returns the hash of the judgement that it rests on.

    It scores editions from `holds_from` on: by default from the one after the newest that is published, and at the
    earliest from that one, so that the lists of former months stay as they were.

    Raises:
        NeedModelError: it was not proposed, or by the same person, or what it was judged against scores no more, or
            parameters changed since, or it would change editions before the newest.
    """
    proposals = [each for each in acts(engine, model_id) if each.act in {PROPOSED, REFUSED}]
    if not proposals or proposals[-1].evaluation_hash is None:
        raise NeedModelError(f"model {model_id} was not proposed through the gate; `doudi model promote` does it")
    if proposals[-1].act == REFUSED:
        raise NeedModelError(f"the gate refused model {model_id} when it was proposed last; it cannot be approved")
    evaluation = proposals[-1].evaluation_hash
    document = judgement_of(settings, model_id, evaluation)
    edition = require_edition(engine)
    newest = edition.as_of
    present = _present(engine, settings, edition, parameters.as_of(newest))
    if not document["passed"] or document["against"] != model_hash(present):
        raise NeedModelError(f"model {model_id} was judged against another model than scores now; propose it again")
    if document["parameters"] != parameters.digest:
        raise NeedModelError(f"model {model_id} was judged by other parameters than are in force; propose it again")
    if holds_from is not None and holds_from < newest:
        raise NeedModelError(f"from {holds_from} on it would change editions before the newest, that of {newest}")
    act_on(
        engine,
        settings,
        model_id,
        "approved",
        actor=actor,
        reason=reason,
        evaluation_hash=evaluation,
        holds_from=holds_from or newest + _A_DAY,
    )
    return evaluation


def shadow(engine: Engine, settings: Settings, model_id: str, *, actor: str, reason: str) -> date:
    """Let a model score aside from the edition after the newest on, without any effect; returns that day.

    One that the gate refused may be tried, too: nothing follows from a trial, and what it shows is how the model would
    do on the months to come. To score it still has to pass the gate.

    Raises:
        NeedModelError: no such model, it scores already, or it would tell nothing as it knows other features.
    """
    day = require_edition(engine).as_of + _A_DAY
    _same_features(model_of(settings, model_id), model_id)
    if model_states(acts(engine), day)[model_id].state == SCORES:
        raise NeedModelError(f"model {model_id} scores from {day} on; what scores is on trial no more")
    act_on(engine, settings, model_id, "shadowed", actor=actor, reason=reason, holds_from=day)
    return day


def refused_on(engine: Engine, model_id: str) -> date | None:
    """The day on which the gate refused the model when it was proposed last; None where it passed or was not judged."""
    judged_last = [each for each in acts(engine, model_id) if each.act in {PROPOSED, REFUSED}][-1:]
    return next((each.holds_from for each in judged_last if each.act == REFUSED), None)


def withdraw(
    engine: Engine,
    settings: Settings,
    model_id: str,
    *,
    actor: str,
    reason: str,
    holds_from: date | None = None,
) -> Withdrawn:
    """Take a model out of scoring, or end its trial: from the newest edition on, or from its own first one after that.

    Raises:
        NeedModelError: it neither scores nor is on trial then, or editions before the newest would change.
    """
    newest = require_edition(engine).as_of
    day = holds_from or newest
    if day < newest:
        raise NeedModelError(f"from {day} on it would change editions before the newest, that of {newest}")
    model_of(settings, model_id)
    held = model_states(acts(engine), day)[model_id]
    if held.state in {TO_SCORE, TO_TRY}:
        day = max(day, held.since)
    if held.state not in HOLDING:
        raise NeedModelError(
            f"model {model_id} does not score on {day}; `doudi model list` shows what was done with each"
        )
    act_on(engine, settings, model_id, "withdrawn", actor=actor, reason=reason, holds_from=day)
    return Withdrawn(day, held.state)


def _same_features(model: NeedModel, model_id: str) -> None:
    if model.data.get("feature_spec") != spec_hash(MODEL_FEATURES):
        raise NeedModelError(f"model {model_id} was trained on other features than scores know now; train it again")


def _present(engine: Engine, settings: Settings, edition: EditionInfo, at: ParametersAt) -> NeedModel:
    """What scores now: the model in force, unless there is none or the newest edition stepped back from it."""
    held = None if stepped_back(edition) else current_model(engine, settings, edition.as_of)
    return held or scorecard(at)


def judgement_of(settings: Settings, model_id: str, evaluation_hash: str) -> dict[str, Any]:
    """The kept judgement; raises `NeedModelError` when it is gone or was changed."""
    path = _path(settings, model_id, evaluation_hash)
    if not path.is_file():
        raise NeedModelError(f"the judgement on model {model_id} is not there; propose it again")
    content = path.read_bytes()
    if blake2b(content, digest_size=_DIGEST_BYTES).hexdigest() != evaluation_hash:
        raise NeedModelError(f"the judgement on model {model_id} is not what was kept; restore it, or propose again")
    document: dict[str, Any] = json.loads(content)
    return document


def _cases(scored: pl.DataFrame, groups: pl.DataFrame, limits: GateLimits) -> pl.DataFrame:
    """The rows as `scoring.fairness` reads them: each month visited for itself."""
    parts = [
        month.select(
            "family_id",
            "as_of",
            "needed",
            chance=pl.col(CANDIDATE) / TEN_THOUSAND,
            visited=pl.Series(visited(month[CANDIDATE].cast(pl.Float64).to_numpy(), limits.capacity)),
            visited_now=pl.Series(visited(month[CURRENT].cast(pl.Float64).to_numpy(), limits.capacity)),
        )
        for month in scored.partition_by("as_of", maintain_order=True)
    ]
    return pl.concat(parts).join(groups, on=["family_id", "as_of"], how="left")


def _known_until(model: NeedModel) -> date:
    last = model.data.get("last_as_of")
    if not isinstance(last, str):
        raise NeedModelError(_UNTIL_WHEN, model=model.name)
    return _moved(date.fromisoformat(last), HORIZON_MONTHS)


def _moved(day: date, months: int) -> date:
    """The end of the month that lies `months` from that of `day`."""
    moved: Sequence[date] = pl.select(pl.lit(day).dt.offset_by(f"{months}mo").dt.month_end()).to_series().to_list()
    return moved[0]


def keep_judgement(settings: Settings, model_id: str, found: Judgement) -> None:
    """Keep the judgement under its hash, passed or not."""
    with writing(_path(settings, model_id, found.hash)) as temporary:
        temporary.write_bytes(_bytes(found.document))


def _path(settings: Settings, model_id: str, evaluation_hash: str) -> Path:
    return settings.models_dir / model_id / f"judgement-{evaluation_hash}.json"


def _bytes(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
