"""Computing the months of a published edition again from what its input set names.

What belongs here: one month at a time, out of recorded deliveries, decisions and models, under parameters that the
caller gives. Reading deliveries again from the archive stands in `registry.retaking`, comparing in
`registry.comparing`; the computation itself is `editions.compute`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl
from sqlalchemy import Engine

from editions.compute import DECISIONS, NOTHING_BEFORE, PREVIOUS, compute
from editions.facts import build_facts
from editions.hashing import table_hash
from editions.history import knowledge, matured
from editions.inputs import MODEL
from editions.knowledge import identities, known_feed_tables
from registry.arrivals import FeedTerms
from registry.decisions import known_decisions
from registry.errors import ReplayError
from registry.feed_health import health_of, profiles_of
from registry.need_models import current_model, model_of
from registry.queries import EditionInfo
from registry.retaking import Recorded, Retaken
from registry.state_before import State
from rules.parameters import Parameters
from schemas.contract import month_end
from schemas.settings import Settings
from scoring.model import NeedModel

__all__ = ["Refold", "check_decisions", "months_of"]

Report = Callable[[str], object]


def check_decisions(engine: Engine, edition: EditionInfo) -> None:
    """Raise `ReplayError` unless the decisions recorded when it was made have the digest of its input set."""
    then = edition.manifest["inputs"]["extra"].get(DECISIONS)
    now = table_hash(known_decisions(engine, edition.as_of, recorded_by=edition.frozen_at))
    if then is not None and then != now:
        raise ReplayError(
            f"edition {edition.edition_id}: the decisions of its input set cannot be had, those recorded have the "
            f"digest {now} and not {then}; run `doudi verify`, and restore a backup of the registry"
        )


def months_of(edition: EditionInfo, deliveries: Sequence[Recorded]) -> list[str]:
    """The months that the edition was folded over, from the first folder month of a delivery that counted."""
    last = f"{edition.as_of:%Y-%m}"
    first = min((each.record.month for each in deliveries if each.accepted), default=last)
    days = pl.date_range(date.fromisoformat(f"{first}-01"), date.fromisoformat(f"{last}-01"), "1mo", eager=True)
    return [f"{each:%Y-%m}" for each in days.to_list()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refold:
    """The recorded inputs of `edition`: `taken` are its deliveries, with the home where their tables lie.

    Models and decisions are those of the installation of `settings`, as recorded when the edition was made.
    """

    engine: Engine
    settings: Settings
    edition: EditionInfo
    taken: Retaken

    def folded(
        self, months: Sequence[str], parameters: Parameters, state: State = NOTHING_BEFORE, *, report: Report
    ) -> State:
        """The state after `months`, each computed under `parameters`, starting from `state`."""
        for month in months:
            report(month)
            tables = self.computed(month, parameters, state)
            state = {name: tables[table] for name, table in PREVIOUS.items()}
        return state

    def computed(
        self, month: str, parameters: Parameters, before: State, *, facts: Mapping[str, pl.LazyFrame] | None = None
    ) -> dict[str, pl.LazyFrame]:
        """Every table of the month, as `editions.compute.compute` gives them; `facts` when they are had already."""
        as_of = self.day(month)
        known = self.taken.known(month)
        records = self.taken.records(month)
        model = self._model(month)
        return compute(
            known_feed_tables(known, as_of),
            identities(known, as_of),
            as_of,
            parameters.as_of(as_of),
            health_of(records, self.taken.settings, as_of, FeedTerms.recorded(self.edition.manifest["inputs"])),
            profiles=profiles_of(records),
            previous=before,
            decisions=known_decisions(self.engine, as_of, recorded_by=self.edition.frozen_at).lazy(),
            model=model,
            matured=matured(knowledge(known), as_of, parameters.as_of(as_of), model),
            facts=facts,
        )

    def facts(self, month: str) -> dict[str, pl.LazyFrame]:
        """The facts known in the month, computed: no parameter changes them."""
        as_of, known = self.day(month), self.taken.known(month)
        made = build_facts(known_feed_tables(known, as_of), identities(known, as_of), as_of)
        return {name: frame.collect().lazy() for name, frame in made.items()}

    def day(self, month: str) -> date:
        """The day of the month's edition: its last one, or that of the edition."""
        return min(month_end(month), self.edition.as_of)

    def _model(self, month: str) -> NeedModel | None:
        """The model that the edition names; for months before it, the one in force by the acts recorded then."""
        as_of = month_end(month)
        if as_of < self.edition.as_of:
            return current_model(self.engine, self.settings, as_of, recorded_by=self.edition.frozen_at)
        named = self.edition.manifest["inputs"]["extra"].get(MODEL)
        return None if named is None else model_of(self.settings, named)
