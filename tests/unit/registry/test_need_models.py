"""Models of need: kept as they were trained, current only by two persons, changed by nobody."""

from datetime import date

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from registry.audit import verify
from registry.errors import NeedModelError
from registry.need_models import act_on, acts, current_model, keep_model, kept_models, model_of, shadow_model, states
from schemas.settings import Settings
from scoring.additive import AdditiveModel, Shape, Steps
from scoring.features import MODEL_FEATURES
from scoring.spec import spec_hash

_DAY = date(2026, 6, 30)


def _model(name: str = "additive-1", **data: str) -> AdditiveModel:
    shape = Shape(
        feature="minors", title="未成年人数", direction="more", steps=Steps(at_least=(1,), values=(-10, 40)), unknown=0
    )
    chance = Steps(at_least=(0,), values=(10, 200))
    known = {"feature_spec": spec_hash(MODEL_FEATURES), "first_as_of": "2025-01-31", "last_as_of": "2025-06-30", **data}
    return AdditiveModel(name=name, target="need", intercept=-20, shapes=(shape,), chance=chance, data=known)


def _kept(engine: Engine, settings: Settings, name: str = "additive-1") -> str:
    return keep_model(engine, settings, _model(name), actor="analyst", purpose="trained")


def _approved(engine: Engine, settings: Settings, name: str = "additive-1", day: date = _DAY) -> str:
    model_id = _kept(engine, settings, name)
    act_on(engine, settings, model_id, "proposed", actor="analyst", reason="better", holds_from=day)
    act_on(engine, settings, model_id, "approved", actor="head", reason="agreed", holds_from=day)
    return model_id


def test_what_is_kept_is_what_is_read(engine: Engine, settings: Settings) -> None:
    """If this fails, an edition is scored with other points than those that were approved."""
    model_id = _kept(engine, settings)
    assert model_of(settings, model_id) == _model()
    assert _kept(engine, settings) == model_id
    (kept,) = kept_models(engine)
    assert (kept.kind, kept.card["data"]["first_as_of"]) == ("additive", "2025-01-31")
    assert [each.act for each in acts(engine, model_id)] == ["registered"]


def test_changed_bytes_are_refused(engine: Engine, settings: Settings) -> None:
    """If this fails, points can be altered on disk after the approval."""
    model_id = _kept(engine, settings)
    path = settings.models_dir / model_id / "model.json"
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_bytes(path.read_bytes().replace(b"40", b"41"))
    with pytest.raises(NeedModelError, match="not what was kept"):
        model_of(settings, model_id)
    with pytest.raises(NeedModelError, match="other bytes"):
        _kept(engine, settings)
    path.write_bytes(b"{}")
    with pytest.raises(Exception, match="no model of need"):
        model_of(settings, model_id)


def test_only_a_second_person_makes_a_model_current(engine: Engine, settings: Settings) -> None:
    """If this fails, who trained a model decides alone that households are judged by it."""
    model_id = _kept(engine, settings)
    with pytest.raises(NeedModelError, match="not proposed"):
        act_on(engine, settings, model_id, "approved", actor="head", reason="agreed")
    act_on(engine, settings, model_id, "proposed", actor="analyst", reason="better")
    with pytest.raises(NeedModelError, match="second person"):
        act_on(engine, settings, model_id, "approved", actor=" Analyst", reason="agreed")
    assert current_model(engine, settings) is None
    act_on(engine, settings, model_id, "approved", actor="head", reason="agreed", evaluation_hash="ab")
    assert current_model(engine, settings) == _model()


def test_an_act_holds_from_its_day(engine: Engine, settings: Settings) -> None:
    """If this fails, an edition of last year computed again is scored by a model approved this year."""
    _approved(engine, settings)
    second = _approved(engine, settings, "additive-2", date(2026, 8, 31))
    assert current_model(engine, settings, date(2026, 6, 29)) is None
    assert current_model(engine, settings, date(2026, 7, 31)) == _model()
    assert current_model(engine, settings, date(2026, 8, 31)) == _model("additive-2")
    act_on(engine, settings, second, "withdrawn", actor="head", reason="drift", holds_from=date(2026, 9, 30))
    assert current_model(engine, settings, date(2026, 9, 30)) is None
    assert current_model(engine, settings, date(2026, 8, 31)) == _model("additive-2")


def test_a_shadow_is_not_current(engine: Engine, settings: Settings) -> None:
    """If this fails, a model on trial changes scores."""
    model_id = _kept(engine, settings)
    act_on(engine, settings, model_id, "shadowed", actor="analyst", reason="trial", holds_from=_DAY)
    assert current_model(engine, settings, _DAY) is None
    assert shadow_model(engine, settings, _DAY) == _model()
    act_on(engine, settings, model_id, "withdrawn", actor="analyst", reason="enough", holds_from=date(2026, 7, 31))
    assert shadow_model(engine, settings, date(2026, 7, 31)) is None


def test_a_model_of_other_features_scores_nobody(engine: Engine, settings: Settings) -> None:
    """If this fails, points learnt on one definition of a feature are given for another."""
    model = _model(feature_spec="other")
    model_id = keep_model(engine, settings, model, actor="analyst", purpose="trained")
    act_on(engine, settings, model_id, "shadowed", actor="analyst", reason="trial", holds_from=_DAY)
    assert shadow_model(engine, settings, _DAY) is None
    assert states(engine, settings, _DAY)[model_id].state == "outdated"


@pytest.mark.parametrize(("act", "actor", "said"), [("liked", "a", "nothing that is done"), ("proposed", " ", "who")])
def test_acts_that_are_none(engine: Engine, settings: Settings, act: str, actor: str, said: str) -> None:
    """If this fails, the record holds acts of nobody, or acts that mean nothing."""
    model_id = _kept(engine, settings)
    with pytest.raises(NeedModelError, match=said):
        act_on(engine, settings, model_id, act, actor=actor, reason="why")
    with pytest.raises(NeedModelError, match="no model"):
        act_on(engine, settings, "0" * 16, "proposed", actor="a", reason="why")


_CHANGING = {
    "sqlite": ("UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "INSERT OR REPLACE INTO {0} SELECT * FROM {0}"),
    "postgresql": ("UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"),
}


@pytest.mark.parametrize(("table", "column"), [("need_model", "name"), ("model_act", "acted_by")])
def test_models_and_acts_never_change(engine: Engine, settings: Settings, table: str, column: str) -> None:
    """If this fails, who approved a model can be rewritten."""
    _approved(engine, settings)
    for statement in _CHANGING[engine.dialect.name]:
        with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(text(statement.format(table, column)))
    assert verify(engine).holds
