"""Models of need: kept by their hash, with the acts that make one the current one or its shadow.

What belongs here: keeping and finding models, and acting on them. A model becomes current when a second person approves
what another proposed; acts are never changed, a later one takes their place. An act bears on editions from its
`holds_from` on, so that months may be computed in any order.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, insert, select

from registry.audit import append_within
from registry.engine import MODELS, write_transaction
from registry.errors import NeedModelError
from registry.files import private_dir, writing
from registry.model_acts import (
    ACTS,
    APPROVED,
    HOLDING,
    OUTDATED,
    PROPOSED,
    REGISTERED,
    SCORES,
    TRIED,
    Act,
    ModelState,
    model_states,
)
from registry.models import KeptModel, ModelAct
from schemas.settings import Settings
from scoring.features import MODEL_FEATURES
from scoring.model import NeedModel, model_bytes, model_hash, read_model
from scoring.spec import spec_hash

__all__ = [
    "KeptCard",
    "act_on",
    "acts",
    "card_of",
    "current_model",
    "keep_model",
    "kept_models",
    "model_id_of",
    "model_of",
    "shadow_model",
    "states",
]

_ID_LENGTH = 16
_NOT_KEPT = "no model %(model)s is kept; `doudi model list` shows those that are"
_FILE = "model.json"


@dataclass(frozen=True, slots=True)
class KeptCard:
    """What is recorded of a model beside its points."""

    model_id: str
    kind: str
    name: str
    model_hash: str
    feature_spec_hash: str
    created_by: str
    created_at: datetime
    card: dict[str, Any]


def model_id_of(model: NeedModel) -> str:
    """The name under which `model` is kept: the front of its hash."""
    return model_hash(model)[:_ID_LENGTH]


def keep_model(engine: Engine, settings: Settings, model: NeedModel, *, actor: str, purpose: str) -> str:
    """Keep the model, its card and the act of registering it; return its id. A known model is left as it is.

    Raises:
        NeedModelError: a file of this id is there with other bytes, or nobody is named.
    """
    _named(actor, purpose)
    model_id = model_id_of(model)
    _write(settings, model_id, model_bytes(model))
    with write_transaction(engine, MODELS) as connection:
        if _known(connection, model_id):
            return model_id
        now = datetime.now(UTC)
        connection.execute(
            insert(KeptModel).values(
                model_id=model_id,
                kind=model.kind,
                name=model.name,
                model_hash=model_hash(model),
                first_as_of=_day(model, "first_as_of"),
                last_as_of=_day(model, "last_as_of"),
                feature_spec_hash=str(model.data.get("feature_spec", "")),
                created_by=actor,
                created_at=now,
                card=card_of(model),
            )
        )
        _add(connection, Act(model_id, REGISTERED, actor, now, _today(settings), purpose, None))
    return model_id


def model_of(settings: Settings, model_id: str) -> NeedModel:
    """The kept model, by its id or by its whole hash.

    Raises:
        NeedModelError: there is none, or its file is not what was kept.
    """
    short = model_id[:_ID_LENGTH]
    path = _path(settings, short)
    if not path.is_file():
        raise NeedModelError(_NOT_KEPT, model=short)
    content = path.read_bytes()
    model = read_model(content)
    if model_bytes(model) != content or not model_hash(model).startswith(model_id):
        raise NeedModelError("the file of model %(model)s is not what was kept; restore it from a backup", model=short)
    return model


def kept_models(engine: Engine) -> list[KeptCard]:
    """All recorded models, the oldest first."""
    columns = KeptModel.__table__.c
    wanted = [columns[each] for each in KeptCard.__dataclass_fields__]
    with engine.connect() as connection:
        rows = connection.execute(select(*wanted).order_by(columns.created_at, columns.model_id)).mappings()
        return [KeptCard(**row) for row in rows]


def acts(engine: Engine, model_id: str | None = None) -> list[Act]:
    """The acts on one model or on all, in order."""
    columns = ModelAct.__table__.c
    query = select(*[columns[each] for each in Act.__dataclass_fields__]).order_by(columns.act_id)
    if model_id is not None:
        query = query.where(columns.model_id == model_id)
    with engine.connect() as connection:
        return [Act(**row) for row in connection.execute(query).mappings()]


def act_on(  # what an act is
    engine: Engine,
    settings: Settings,
    model_id: str,
    act: str,
    *,
    actor: str,
    reason: str,
    evaluation_hash: str | None = None,
    holds_from: date | None = None,
) -> None:
    """Record that `actor` proposed, approved, shadowed or withdrew a model; from today's edition on by default.

    Raises:
        NeedModelError: no such model or act, nobody is named, or it was not proposed by somebody else before.
    """
    _named(actor, reason)
    if act not in ACTS[1:]:
        raise NeedModelError(f"{act!r} is nothing that is done with a model; known: {', '.join(ACTS[1:])}")
    day = _today(settings) if holds_from is None else holds_from
    with write_transaction(engine, MODELS) as connection:
        if not _known(connection, model_id):
            raise NeedModelError(_NOT_KEPT, model=model_id)
        if act == APPROVED:
            _second_person(connection, model_id, actor)
        _add(connection, Act(model_id, act, actor, datetime.now(UTC), day, reason, evaluation_hash))


def current_model(
    engine: Engine, settings: Settings, as_of: date | None = None, *, recorded_by: datetime | None = None
) -> NeedModel | None:
    """The model in force on `as_of` (default: today), by acts recorded by then; None where the scorecard scores.

    A model of another feature spec than today's counts as none: it was trained on other columns.
    """
    return _usable(settings, _in_force(engine, settings, as_of, recorded_by)[0])


def shadow_model(engine: Engine, settings: Settings, as_of: date | None = None) -> NeedModel | None:
    """The model that scores on `as_of` (default: today) without effect, if there is one."""
    return _usable(settings, _in_force(engine, settings, as_of)[1])


def states(engine: Engine, settings: Settings, as_of: date | None = None) -> dict[str, ModelState]:
    """What each kept model is on `as_of` (default: today); one of other features than today's scores nobody."""
    found = model_states(acts(engine), _today(settings) if as_of is None else as_of)
    today = spec_hash(MODEL_FEATURES)
    other = {each.model_id for each in kept_models(engine) if each.feature_spec_hash != today}
    return {
        name: replace(each, state=OUTDATED) if name in other and each.state in HOLDING else each
        for name, each in found.items()
    }


def card_of(model: NeedModel) -> dict[str, Any]:
    """What is told of a model: no points, no rows."""
    return {
        "kind": model.kind,
        "name": model.name,
        "target": model.target,
        "features": [
            {"feature": each.feature, "title": each.title, "direction": each.direction} for each in model.shapes
        ],
        "data": dict(model.data),
        "metrics": dict(model.metrics),
    }


def _in_force(
    engine: Engine, settings: Settings, as_of: date | None, recorded_by: datetime | None = None
) -> tuple[str | None, str | None]:
    """Ids of the current model and of its shadow."""
    day = _today(settings) if as_of is None else as_of
    done = [each for each in acts(engine) if recorded_by is None or each.acted_at <= recorded_by]
    found = {state.state: model_id for model_id, state in model_states(done, day).items()}
    return found.get(SCORES), found.get(TRIED)


def _usable(settings: Settings, model_id: str | None) -> NeedModel | None:
    if model_id is None:
        return None
    model = model_of(settings, model_id)
    return model if model.data.get("feature_spec") == spec_hash(MODEL_FEATURES) else None


def _second_person(connection: Connection, model_id: str, actor: str) -> None:
    columns = ModelAct.__table__.c
    query = select(columns.acted_by).where(columns.model_id == model_id, columns.act == PROPOSED)
    proposers = connection.execute(query.order_by(columns.act_id)).scalars().all()
    if not proposers:
        raise NeedModelError(f"model {model_id} was not proposed yet; one person proposes, another approves")
    if proposers[-1].strip().casefold() == actor.strip().casefold():
        raise NeedModelError(f"who proposed model {model_id} cannot approve it; a second person does")


def _named(actor: str, reason: str) -> None:
    if not actor.strip() or not reason.strip():
        raise NeedModelError("an act on a model names who acts and why")


def _known(connection: Connection, model_id: str) -> bool:
    return connection.execute(select(KeptModel.model_id).where(KeptModel.model_id == model_id)).scalar() is not None


def _add(connection: Connection, act: Act) -> None:
    connection.execute(insert(ModelAct).values(**{name: getattr(act, name) for name in Act.__dataclass_fields__}))
    append_within(
        connection,
        actor=act.acted_by,
        action=f"model_{act.act}",
        purpose=act.reason,
        details={
            "model_id": act.model_id,
            "holds_from": act.holds_from.isoformat(),
            "evaluation_hash": act.evaluation_hash,
        },
    )


def _path(settings: Settings, model_id: str) -> Path:
    return settings.models_dir / model_id / _FILE


def _write(settings: Settings, model_id: str, content: bytes) -> None:
    """The file is written once; another content under its name means that somebody changed it."""
    path = _path(settings, model_id)
    if path.is_file():
        if path.read_bytes() != content:
            raise NeedModelError(f"the file of model {model_id} is there with other bytes; restore it from a backup")
        return
    private_dir(path.parent)
    with writing(path) as temporary:
        temporary.write_bytes(content)


def _day(model: NeedModel, name: str) -> date | None:
    found = model.data.get(name)
    return date.fromisoformat(found) if isinstance(found, str) else None


def _today(settings: Settings) -> date:
    return datetime.now(ZoneInfo(settings.timezone)).date()
