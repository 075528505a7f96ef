"""Recomputing a published edition from the raw archive and its recorded inputs, and comparing hashes.

What belongs here: the order of a replay. Every delivery of the input set is read again by its contract, its numbers
turned into keys anew, and the months folded from the first on. Reading deliveries again stands in `registry.retaking`,
folding in `registry.refold`, comparing in `registry.comparing`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from editions.compute import NOTHING_BEFORE
from editions.deadlines import CALENDAR
from editions.hashing import content_hash
from linkage.identity import IdentityKey
from registry.comparing import TableDifference, differences
from registry.edition_parameters import completed, recorded_parameters
from registry.erasures import erased_since
from registry.errors import ReplayError
from registry.files import work_dir
from registry.models import Edition, Publication
from registry.queries import EditionInfo
from registry.refold import Refold, check_decisions, months_of
from registry.retaking import recorded_deliveries, retake
from registry.state_before import State, published_before
from schemas.settings import Settings
from schemas.tables import EDITION_TABLES

__all__ = ["DIFFERENT", "EXPIRED", "IDENTICAL", "Replay", "replay", "replayed_edition"]

IDENTICAL, DIFFERENT, EXPIRED = "identical", "different", "inputs expired"

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
        check_decisions(engine, edition)
        parameters, added = completed(recorded_parameters(settings, edition.edition_id, recorded["parameters"]))
        months = months_of(edition, deliveries)
        state, base = NOTHING_BEFORE, f"month {months[0]}"
        before = published_before(engine, settings, edition) if quick and len(months) > 1 else None
        if before is not None:
            (state, found), months = before, months[-1:]
            base = f"edition {found}"
        aside = settings.model_copy(update={"home": work})
        taken = retake(settings, engine, aside, key, deliveries, report=report)
        tables: State = {}
        if not taken.expired:
            fold = Refold(engine=engine, settings=settings, edition=edition, taken=taken)
            state = fold.folded(months[:-1], parameters, state, report=lambda month: report(f"computing {month}"))
            report(f"computing {months[-1]}")
            tables = fold.computed(months[-1], parameters, state)
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
