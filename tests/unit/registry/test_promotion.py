"""Promotion: only through the gate, only by two persons, and only on the judgement that was kept."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from registry.audit import verify
from registry.errors import GateRefusedError, NeedModelError, NoEditionError
from registry.need_models import act_on, acts, current_model, keep_model, shadow_model
from registry.promotion import (
    Judgement,
    Withdrawn,
    _present,
    approve,
    judged,
    judgement_of,
    keep_judgement,
    later_days,
    propose,
    refused_on,
    shadow,
    withdraw,
)
from registry.queries import require_edition
from rules.parameters import ParametersAt, load_parameters
from schemas.settings import Settings
from scoring.additive import AdditiveModel, Shape, Steps
from scoring.features import MODEL_FEATURES
from scoring.gate import Condition, Verdict
from scoring.model import model_hash
from scoring.scorecard import scorecard
from scoring.spec import spec_hash
from tests.unit.registry.examples import JUNE, edition, family, member, published

PARAMETERS = load_parameters()
NEXT = date(2026, 7, 31)
CARD = scorecard(PARAMETERS.as_of(JUNE))


def _model(**data: str) -> AdditiveModel:
    shape = Shape(
        feature="minors", title="未成年人数", direction="more", steps=Steps(at_least=(1,), values=(-10, 40)), unknown=0
    )
    known = {"feature_spec": spec_hash(MODEL_FEATURES), "first_as_of": "2024-01-31", "last_as_of": "2024-06-30", **data}
    return AdditiveModel(
        name="additive-1",
        target="need",
        intercept=-20,
        shapes=(shape,),
        chance=Steps(at_least=(0,), values=(10, 200)),
        data=known,
    )


@pytest.fixture
def ready(settings: Settings, engine: Engine) -> Engine:
    """A registry with an edition."""
    published(engine, edition(listed=[family("H:1", 1)], members=[member("H:1", 1)]))
    return engine


def _proposed(engine: Engine, settings: Settings, **changes: Any) -> tuple[str, str]:
    """A model proposed by the analyst on a judgement that passed; its id and that of the judgement."""
    model_id = keep_model(engine, settings, _model(), actor="analyst", purpose="trained")
    document = {
        "model_id": model_id,
        "against": model_hash(CARD),
        "parameters": PARAMETERS.digest,
        "passed": True,
    } | changes
    found = Judgement(Verdict(()), (), document)
    keep_judgement(settings, model_id, found)
    act_on(
        engine,
        settings,
        model_id,
        "proposed",
        actor="analyst",
        reason="better",
        evaluation_hash=found.hash,
        holds_from=JUNE,
    )
    return model_id, found.hash


def test_a_second_person_makes_it_current(ready: Engine, settings: Settings) -> None:
    """One person alone could change how all families are scored."""
    model_id, evaluation = _proposed(ready, settings)
    with pytest.raises(NeedModelError, match="second person"):
        approve(ready, settings, PARAMETERS, model_id, actor="Analyst ", reason="agreed")
    assert current_model(ready, settings, NEXT) is None
    assert approve(ready, settings, PARAMETERS, model_id, actor="head", reason="agreed") == evaluation
    assert current_model(ready, settings, JUNE) is None
    assert current_model(ready, settings, NEXT) == _model()
    assert [(each.act, each.evaluation_hash) for each in acts(ready, model_id)][1:] == [
        ("proposed", evaluation),
        ("approved", evaluation),
    ]
    assert verify(ready).holds


def test_an_approval_leaves_former_editions_alone(ready: Engine, settings: Settings) -> None:
    """A list of last year would be scored anew by a model that nobody had approved then."""
    model_id, _ = _proposed(ready, settings)
    with pytest.raises(NeedModelError, match="before the newest"):
        approve(ready, settings, PARAMETERS, model_id, actor="head", reason="agreed", holds_from=date(2026, 5, 31))
    assert current_model(ready, settings) is None
    approve(ready, settings, PARAMETERS, model_id, actor="head", reason="agreed", holds_from=JUNE)
    assert current_model(ready, settings, JUNE) == _model()
    assert current_model(ready, settings, date(2026, 5, 31)) is None


def test_a_model_is_taken_out_again(ready: Engine, settings: Settings) -> None:
    """A model that does harm would score until another is trained, judged and approved."""
    model_id, _ = _proposed(ready, settings)
    with pytest.raises(NeedModelError, match="does not score"):
        withdraw(ready, settings, model_id, actor="head", reason="complaints")
    approve(ready, settings, PARAMETERS, model_id, actor="head", reason="agreed", holds_from=JUNE)
    with pytest.raises(NeedModelError, match="before the newest"):
        withdraw(ready, settings, model_id, actor="head", reason="complaints", holds_from=date(2026, 5, 31))
    assert withdraw(ready, settings, model_id, actor="head", reason="complaints") == Withdrawn(JUNE, "scores")
    assert current_model(ready, settings, JUNE) is None
    assert acts(ready, model_id)[-1].act == "withdrawn"


def test_a_model_is_taken_out_before_its_first_edition(ready: Engine, settings: Settings) -> None:
    """Whoever sees a mistake right after the approval would have to wait until the model has scored a list."""
    model_id, _ = _proposed(ready, settings)
    approve(ready, settings, PARAMETERS, model_id, actor="head", reason="agreed")
    assert withdraw(ready, settings, model_id, actor="head", reason="too soon").was == "to_score"
    assert current_model(ready, settings, NEXT) is None
    with pytest.raises(NeedModelError, match="does not score"):
        withdraw(ready, settings, model_id, actor="head", reason="again")


def test_a_trial_begins_with_the_next_edition(ready: Engine, settings: Settings) -> None:
    """A model put on trial would score no edition that is made, or the one that scores would be tried beside itself."""
    model_id = keep_model(ready, settings, _model(), actor="analyst", purpose="trained")
    shadow(ready, settings, model_id, actor="analyst", reason="trial")
    assert shadow_model(ready, settings, JUNE) is None
    assert shadow_model(ready, settings, NEXT) == _model()
    assert withdraw(ready, settings, model_id, actor="analyst", reason="enough").was == "to_try"
    _proposed(ready, settings)
    approve(ready, settings, PARAMETERS, model_id, actor="head", reason="agreed")
    with pytest.raises(NeedModelError, match="on trial no more"):
        shadow(ready, settings, model_id, actor="analyst", reason="trial")
    other = keep_model(ready, settings, _model(feature_spec="other"), actor="analyst", purpose="trained")
    with pytest.raises(NeedModelError, match="other features"):
        shadow(ready, settings, other, actor="analyst", reason="trial")
    with pytest.raises(NeedModelError, match="other features"):
        judged(ready, settings, PARAMETERS, other)


def test_a_model_is_compared_with_what_scored_the_newest_edition(ready: Engine, settings: Settings) -> None:
    """A model in force that steps back each month could never be followed by a better one."""
    model_id, _ = _proposed(ready, settings)
    approve(ready, settings, PARAMETERS, model_id, actor="head", reason="agreed", holds_from=JUNE)
    newest, at = require_edition(ready), PARAMETERS.as_of(JUNE)
    assert _present(ready, settings, newest, at) == _model()
    back = replace(newest, manifest={**newest.manifest, "scoring": {"model": model_id, "drifted": ["minors"]}})
    assert _present(ready, settings, back, at) == CARD


def test_nothing_goes_round_the_gate(ready: Engine, settings: Settings) -> None:
    """A model could be approved that was never judged, or that failed."""
    model_id = keep_model(ready, settings, _model(), actor="analyst", purpose="trained")
    with pytest.raises(NeedModelError, match="not proposed through the gate"):
        approve(ready, settings, PARAMETERS, model_id, actor="head", reason="agreed")
    act_on(ready, settings, model_id, "proposed", actor="analyst", reason="better")
    with pytest.raises(NeedModelError, match="not proposed through the gate"):
        approve(ready, settings, PARAMETERS, model_id, actor="head", reason="agreed")
    _proposed(ready, settings, passed=False)
    with pytest.raises(NeedModelError, match="propose it again"):
        approve(ready, settings, PARAMETERS, model_id, actor="head", reason="agreed")


def test_a_refusal_is_recorded_and_told_line_by_line(
    ready: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One could try windows until one passes and nobody sees how many, or a refusal does not say by how much."""
    model_id = keep_model(ready, settings, _model(), actor="analyst", purpose="trained")
    conditions = (
        Condition("beats", holds=True, told="相差+7.0%"),
        Condition("calibration", holds=False, told="校准误差4.00%（上限3.00%）"),
        Condition("fairness", holds=False, told="57个组中1个组", lines=("户主年龄=35岁以下的发现率：少89%",)),
    )
    found = Judgement(Verdict(conditions), (), {"passed": False})
    monkeypatch.setattr("registry.promotion.judged", lambda *_: found)
    with pytest.raises(GateRefusedError) as refused:
        propose(ready, settings, PARAMETERS, model_id, actor="analyst", reason="better")
    assert str(refused.value).splitlines()[1:4] == [
        "✗ 校准误差4.00%（上限3.00%）",
        "✗ 57个组中1个组",
        "  ✗ 户主年龄=35岁以下的发现率：少89%",
    ]
    assert judgement_of(settings, model_id, found.hash) == {"passed": False}
    assert [(each.act, each.evaluation_hash) for each in acts(ready, model_id)][1:] == [("refused", found.hash)]
    assert verify(ready).holds
    assert refused_on(ready, model_id) is not None


def test_a_later_refusal_undoes_an_earlier_proposal(ready: Engine, settings: Settings) -> None:
    """A model that fails on the newest months could still be approved by what it showed on earlier ones."""
    model_id, evaluation = _proposed(ready, settings)
    assert refused_on(ready, model_id) is None
    act_on(ready, settings, model_id, "refused", actor="analyst", reason="again", evaluation_hash=evaluation)
    with pytest.raises(NeedModelError, match="refused model"):
        approve(ready, settings, PARAMETERS, model_id, actor="head", reason="agreed")


def test_a_refused_model_may_be_tried_and_not_approved(ready: Engine, settings: Settings) -> None:
    """Nobody could see how a refused model does on months to come, or its trial would lead it to score."""
    model_id = keep_model(ready, settings, _model(), actor="analyst", purpose="trained")
    act_on(ready, settings, model_id, "refused", actor="analyst", reason="better", evaluation_hash="0" * 32)
    assert shadow(ready, settings, model_id, actor="analyst", reason="trial") == date(2026, 7, 1)
    assert shadow_model(ready, settings, NEXT) == _model()
    assert current_model(ready, settings, NEXT) is None
    with pytest.raises(NeedModelError, match="refused model"):
        approve(ready, settings, PARAMETERS, model_id, actor="head", reason="agreed")


def test_a_judgement_against_what_scores_no_more_is_stale(ready: Engine, settings: Settings) -> None:
    """A model would take the place of one that it was never compared with."""
    model_id, _ = _proposed(ready, settings, against="0" * 32)
    with pytest.raises(NeedModelError, match="another model than scores now"):
        approve(ready, settings, PARAMETERS, model_id, actor="head", reason="agreed")


def test_a_judgement_by_other_limits_is_stale(ready: Engine, settings: Settings) -> None:
    """If this fails, limits loosened for a day let a model pass that is approved after they are back."""
    loosened = PARAMETERS.replacing({"fairness.minimum_households": 10_000})
    model_id, evaluation = _proposed(ready, settings, parameters=loosened.digest)
    with pytest.raises(NeedModelError, match="other parameters than are in force"):
        approve(ready, settings, PARAMETERS, model_id, actor="head", reason="agreed")
    assert approve(ready, settings, loosened, model_id, actor="head", reason="agreed") == evaluation


def test_a_changed_judgement_is_refused(ready: Engine, settings: Settings) -> None:
    """The figures that a person approved could be altered afterwards."""
    model_id, evaluation = _proposed(ready, settings)
    (path,) = (settings.models_dir / model_id).glob("judgement-*.json")
    path.write_bytes(path.read_bytes().replace(b"true", b"null"))
    with pytest.raises(NeedModelError, match="not what was kept"):
        judgement_of(settings, model_id, evaluation)
    path.unlink()
    with pytest.raises(NeedModelError, match="is not there"):
        approve(ready, settings, PARAMETERS, model_id, actor="head", reason="agreed")


def _latest(months: int) -> ParametersAt:
    return PARAMETERS.replacing({"gate.months": months}).as_of(date(2026, 8, 31))


def test_later_days_are_unseen_and_known() -> None:
    """A model would be judged on months whose outcomes it had learnt, or nobody knows yet."""
    assert later_days(_model(), date(2026, 8, 31), _latest(6)) == [
        date(2025, 6, 30),
        date(2025, 7, 31),
        date(2025, 8, 31),
    ]
    assert later_days(_model(last_as_of="2024-02-29"), date(2026, 6, 30), _latest(3)) == [
        date(2025, 4, 30),
        date(2025, 5, 31),
        date(2025, 6, 30),
    ]
    with pytest.raises(NeedModelError, match="no month is unseen and known"):
        later_days(_model(), date(2026, 5, 31), _latest(6))


def test_what_cannot_be_judged_says_why(engine: Engine, settings: Settings) -> None:
    """A scorecard, or an empty installation, would end in a traceback."""
    card = keep_model(engine, settings, CARD, actor="analyst", purpose="kept")
    with pytest.raises(NeedModelError, match="no chances"):
        judged(engine, settings, PARAMETERS, card)
    model = keep_model(engine, settings, _model(), actor="analyst", purpose="trained")
    with pytest.raises(NoEditionError):
        judged(engine, settings, PARAMETERS, model)
