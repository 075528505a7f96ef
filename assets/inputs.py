"""The input set of a month's edition, frozen from the registry and the installation's settings.

What belongs here: gathering what `editions.inputs.InputSet` records. What an edition makes of it stands
in `editions/`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl
from sqlalchemy import Engine

from editions.compute import DECISIONS, compute
from editions.deadlines import CALENDAR
from editions.hashing import table_hash
from editions.history import knowledge, matured
from editions.inputs import MODEL, InputSet
from editions.knowledge import KnownDelivery, identities, known_feed_tables
from linkage.identity import IdentityKey
from registry.agreements import agreements
from registry.archive import sha256_of
from registry.arrivals import FeedTerms, waiting
from registry.decisions import known_decisions
from registry.erasures import as_input
from registry.feed_health import delivery_health, delivery_profiles
from registry.need_models import current_model, shadow_model
from registry.simulated import simulated_input
from registry.store import input_deliveries, known_deliveries, known_records
from registry.versions import code_version
from rules.parameters import Parameters, ParametersAt
from rules.parameters.overlaid import overlaid_values
from schemas.settings import Settings
from scoring.model import NeedModel, model_hash

__all__ = ["Inputs", "freeze"]


@dataclass(frozen=True, slots=True)
class Inputs:
    """An input set, and what it names: deliveries, parameters, health and profiles of the feeds, decisions, the model.

    `shadow` is a model on trial: nothing of the edition depends on it, so the input set does not name it. Decisions and
    models were looked at up to `frozen_at`.
    """

    input_set: InputSet
    deliveries: list[KnownDelivery]
    parameters: ParametersAt
    health: pl.LazyFrame
    profiles: pl.LazyFrame
    decisions: pl.LazyFrame
    model: NeedModel | None = None
    shadow: NeedModel | None = None
    frozen_at: datetime | None = None

    @property
    def matured(self) -> pl.LazyFrame:
        """What the model says of the families of a year ago, and what became of them; computed when it is asked for."""
        return matured(knowledge(self.deliveries), self.as_of, self.parameters, self.model)

    def computed(self, previous: Mapping[str, pl.LazyFrame]) -> dict[str, pl.LazyFrame]:
        """Every table of the edition that follows the state `previous`, all stages at once."""
        return compute(
            known_feed_tables(self.deliveries, self.as_of),
            identities(self.deliveries, self.as_of),
            self.as_of,
            self.parameters,
            self.health,
            profiles=self.profiles,
            previous=previous,
            decisions=self.decisions,
            model=self.model,
            matured=self.matured,
        )

    @property
    def input_hash(self) -> str:
        """Hash of the input set."""
        return self.input_set.input_hash

    @property
    def as_of(self) -> date:
        """Day of the edition."""
        return self.input_set.as_of


def freeze(settings: Settings, engine: Engine, parameters: Parameters, as_of: date, today: date) -> Inputs:
    """What the edition of `as_of` is computed from, as recorded at this moment; `today` says what is due."""
    in_force = parameters.as_of(as_of)
    frozen_at = datetime.now(UTC)
    decisions = known_decisions(engine, as_of, recorded_by=frozen_at)
    model = current_model(engine, settings, as_of, recorded_by=frozen_at)
    named = {} if model is None else {MODEL: model_hash(model)}
    input_set = InputSet(
        as_of=as_of,
        deliveries=input_deliveries(engine, settings, as_of),
        parameters_digest=in_force.digest,
        code_version=code_version(),
        identity_fingerprint=IdentityKey.from_settings(settings).fingerprint,
        overlays=_overlays(settings),
        overlaid=[each.as_plain() for each in overlaid_values(parameters)],
        extra={
            "calendar": CALENDAR,
            DECISIONS: table_hash(decisions),
            **named,
            **as_input(engine),
            **simulated_input(settings, engine),
        },
        waiting=waiting(known_records(engine, as_of), as_of, today),
        agreements=agreements(settings),
    )
    return Inputs(
        input_set,
        known_deliveries(engine, settings, as_of),
        in_force,
        delivery_health(engine, settings, as_of, FeedTerms.recorded(input_set.manifest())),
        delivery_profiles(engine, as_of),
        decisions.lazy(),
        model,
        shadow_model(engine, settings, as_of),
        frozen_at=frozen_at,
    )


def _overlays(settings: Settings) -> Mapping[str, str]:
    folder = settings.parameters_dir
    return {path.name: sha256_of(path) for path in sorted(folder.glob("*.yaml"))} if folder.is_dir() else {}
