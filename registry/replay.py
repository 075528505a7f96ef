"""Recomputing a published edition from the raw archive and its recorded inputs, and comparing hashes.

What belongs here: the order of a replay. Every delivery of the input set is read again by its contract, its numbers
turned into keys anew, and the months folded from the first on; decisions are read as recorded then. Reading deliveries
again stands in `registry.retaking`, comparing in `registry.comparing`, the computation in `editions.compute`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from editions.compute import DECISIONS, NOTHING_BEFORE, PREVIOUS, compute
from editions.deadlines import CALENDAR
from editions.hashing import content_hash, table_hash
from editions.history import knowledge, matured
from editions.inputs import MODEL
from editions.knowledge import identities, known_feed_tables
from linkage.identity import IdentityKey
from registry.arrivals import FeedTerms
from registry.comparing import TableDifference, differences
from registry.decisions import known_decisions
from registry.edition_parameters import completed, recorded_parameters
from registry.erasures import erased_since
from registry.errors import ReplayError
from registry.feed_health import health_of, profiles_of
from registry.files import work_dir
from registry.models import Edition, Publication
from registry.need_models import current_model, model_of
from registry.queries import EditionInfo, edition_rows
from registry.retaking import Recorded, Retaken, recorded_deliveries, retake
from rules.parameters import Parameters
from schemas.contract import month_end
from schemas.settings import Settings
from schemas.tables import EDITION_TABLES
from scoring.model import NeedModel

__all__ = ["DIFFERENT", "EXPIRED", "IDENTICAL", "Replay", "replay", "replayed_edition"]

IDENTICAL, DIFFERENT, EXPIRED = "identical", "different", "inputs expired"

_State = Mapping[str, pl.LazyFrame]
_Report = Callable[[str], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What a replay found.

    `tables` are those that differ; of `erased` persons or `expired` deliveries the inputs are no more; `changed`
    deliveries have other numbers of rows than when they were taken in. `base` says what the fold began from.
    `code_now` differs from `code_recorded` when the code has changed since, `calendar_now` likewise; `parameters_added`
    are those of later rules, which the recorded ones lack.
    """

    edition_id: str
    as_of: date
    recorded_hash: str
    replayed_hash: str | None
    code_recorded: str
    code_now: str
    calendar_recorded: str
    calendar_now: str
    base: str
    months: int
    deliveries: int
    tables: tuple[TableDifference, ...] = ()
    erased: int = 0
    expired: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    parameters_added: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        """`identical`, `identical except N erased`, `inputs expired` or `different`."""
        if self.expired:
            return EXPIRED
        if all(each.explained for each in self.tables):
            return f"{IDENTICAL} except {self.erased} erased" if self.tables else IDENTICAL
        return DIFFERENT

    @property
    def good(self) -> bool:
        """Whether nothing differs but what was lawfully erased."""
        return self.outcome.startswith(IDENTICAL)


def replayed_edition(engine: Engine, wanted: str) -> EditionInfo:
    """The published edition of that id, or the latest one; raises `ReplayError`."""
    query = select(Edition, Publication.published_at, Publication.published_by).join(
        Publication, Publication.edition_id == Edition.edition_id
    )
    if wanted != "latest":
        query = query.where(Edition.edition_id == wanted)
    query = query.order_by(Publication.as_of.desc(), Publication.publication_id.desc()).limit(1)
    with Session(engine) as session:
        found = session.execute(query).one_or_none()
    if found is None:
        what = "no edition is published" if wanted == "latest" else f"no published edition is called {wanted!r}"
        raise ReplayError(f"{what}; give an id that `doudi list --json` shows, or latest")
    edition, published_at, published_by = found
    return EditionInfo(
        edition_id=edition.edition_id,
        as_of=edition.as_of,
        input_hash=edition.input_hash,
        content_hash=edition.content_hash,
        code_version=edition.code_version,
        created_at=edition.created_at,
        published_at=published_at,
        published_by=published_by,
        manifest=edition.manifest,
    )


def replay(
    settings: Settings,
    engine: Engine,
    edition: EditionInfo,
    *,
    code_version: str,
    quick: bool = False,
    report: _Report = lambda _: None,
) -> Replay:
    """Recompute `edition` and compare; nothing of the installation is changed.

    `quick` begins the fold at the edition of the month before, when the registry has one of the same inputs, and
    trusts its rows. The parameters are those that were kept with the edition, whatever is shipped now. Raises
    `ReplayError` when the recorded inputs cannot be had: another identity key, parameters that were not kept, decisions
    of another digest.
    """
    recorded = edition.manifest["inputs"]
    key = IdentityKey.from_settings(settings)
    if key.fingerprint != recorded["identity_fingerprint"]:
        raise ReplayError(
            f"edition {edition.edition_id} was made with the identity key {recorded['identity_fingerprint']}, this "
            f"installation has {key.fingerprint}; copy the identity.key of the one that made it to {settings.home}, or "
            "give it as DOUDI_IDENTITY_KEY"
        )
    deliveries = recorded_deliveries(engine, edition)
    with work_dir(settings.home) as work:
        _check_decisions(engine, edition)
        parameters, added = completed(recorded_parameters(settings, edition.edition_id, recorded["parameters"]))
        state, base, months = _base(engine, edition, deliveries, quick=quick)
        aside = settings.model_copy(update={"home": work})
        taken = retake(settings, engine, aside, key, deliveries, report=report)
        tables: _State = {}
        for month in () if taken.expired else months:
            report(f"computing {month}")
            model = _model(engine, settings, edition, month)
            tables = _computed(engine, aside, edition, taken, parameters, month, state, model)
            state = {name: tables[table] for name, table in PREVIOUS.items()}
        frames = {name: tables[name].collect() for name in EDITION_TABLES if name in tables}
        erased = erased_since(engine, edition.frozen_at)
        return Replay(
            edition_id=edition.edition_id,
            as_of=edition.as_of,
            recorded_hash=edition.content_hash,
            replayed_hash=content_hash(frames) if frames else None,
            code_recorded=edition.code_version,
            code_now=code_version,
            calendar_recorded=recorded["extra"].get("calendar", CALENDAR),
            calendar_now=CALENDAR,
            base=base,
            months=len(months),
            deliveries=len(deliveries),
            tables=differences(engine, edition, frames, erased),
            erased=len(erased.acts),
            expired=taken.expired,
            changed=taken.changed,
            parameters_added=added,
        )


def _check_decisions(engine: Engine, edition: EditionInfo) -> None:
    """The decisions recorded when the edition was made have the digest of its input set."""
    then = edition.manifest["inputs"]["extra"].get(DECISIONS)
    now = table_hash(known_decisions(engine, edition.as_of, recorded_by=edition.frozen_at))
    if then is not None and then != now:
        raise ReplayError(
            f"edition {edition.edition_id}: the decisions of its input set cannot be had, those recorded have the "
            f"digest {now} and not {then}; run `doudi verify`, and restore a backup of the registry"
        )


def _base(
    engine: Engine, edition: EditionInfo, deliveries: Sequence[Recorded], *, quick: bool
) -> tuple[_State, str, list[str]]:
    """The state that the fold begins with, what it is, and the months to compute."""
    last = f"{edition.as_of:%Y-%m}"
    first = min((each.record.month for each in deliveries if each.accepted), default=last)
    days = pl.date_range(date.fromisoformat(f"{first}-01"), date.fromisoformat(f"{last}-01"), "1mo", eager=True)
    months = [f"{each:%Y-%m}" for each in days.to_list()]
    if quick and len(months) > 1:
        before = _edition_before(engine, edition, months[-2])
        if before is not None:
            state = {name: edition_rows(engine, before, table).lazy() for name, table in PREVIOUS.items()}
            return state, f"edition {before}", months[-1:]
    return NOTHING_BEFORE, f"month {first}", months


def _edition_before(engine: Engine, edition: EditionInfo, month: str) -> str | None:
    """The published edition of the end of `month` that was made from the same deliveries by the same code."""
    wanted = [each for each in edition.manifest["inputs"]["deliveries"] if each["month"] <= month]
    query = (
        select(Edition.edition_id, Edition.manifest)
        .join(Publication, Publication.edition_id == Edition.edition_id)
        .where(Edition.as_of == month_end(month), Edition.code_version == edition.code_version)
        .order_by(Publication.publication_id.desc())
    )
    with engine.connect() as connection:
        for edition_id, manifest in connection.execute(query):
            if manifest["inputs"]["deliveries"] == wanted:
                return str(edition_id)
    return None


def _computed(
    engine: Engine,
    aside: Settings,
    edition: EditionInfo,
    taken: Retaken,
    parameters: Parameters,
    month: str,
    before: _State,
    model: NeedModel | None,
) -> dict[str, pl.LazyFrame]:
    as_of = min(month_end(month), edition.as_of)
    known = taken.known(month)
    records = taken.records(month)
    return compute(
        known_feed_tables(known, as_of),
        identities(known, as_of),
        as_of,
        parameters.as_of(as_of),
        health_of(records, aside, as_of, FeedTerms.recorded(edition.manifest["inputs"])),
        profiles=profiles_of(records),
        previous=before,
        decisions=known_decisions(engine, as_of, recorded_by=edition.frozen_at).lazy(),
        model=model,
        matured=matured(knowledge(known), as_of, parameters.as_of(as_of), model),
    )


def _model(engine: Engine, settings: Settings, edition: EditionInfo, month: str) -> NeedModel | None:
    """The model that the edition names; for months before it, the one in force by the acts recorded then."""
    as_of = month_end(month)
    if as_of < edition.as_of:
        return current_model(engine, settings, as_of, recorded_by=edition.frozen_at)
    named = edition.manifest["inputs"]["extra"].get(MODEL)
    return None if named is None else model_of(settings, named)
