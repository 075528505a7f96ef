"""Tests over a whole population: what one is, what it looks at, and what it finds.

What belongs here: the declaration of a test and running it. The tests stand in `registry.auditing.catalogue`. A test
shows the query that it ran. What it could not look at it says: it never passes unseen.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from textwrap import dedent
from typing import Any

import polars as pl
from sqlalchemy import BindParameter, Date, Engine, TextClause, bindparam, select, text

from registry.auditing.asked import as_asked, told_values
from registry.models import AuditEvent
from registry.queries import EditionInfo, edition_rows
from rules.parameters import ParametersAt
from schemas.settings import Settings

__all__ = ["Examined", "Finding", "PopulationTest", "events_of", "frames", "run_tests", "sql"]

_DAYS = ("as_of", "today")


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What tests look at: an edition, the tables it was computed from, and the whole record.

    `computed` are tables of its stages, `previous` the state of the month before by the names of `PREVIOUS`; `checked`
    holds the runs whose checks all passed. Where they cannot be had they are None, and what needs them is not run.
    """

    engine: Engine
    settings: Settings
    edition: EditionInfo
    today: date
    parameters: ParametersAt
    computed: Mapping[str, pl.LazyFrame] | None = None
    previous: Mapping[str, pl.LazyFrame] | None = None
    checked: frozenset[str] | None = None

    def rows(self, table: str) -> pl.DataFrame:
        """The rows of a published table of the edition."""
        return edition_rows(self.engine, self.edition.edition_id, table)

    def events(self) -> list[dict[str, Any]]:
        """The audit events, in order."""
        return events_of(self.engine)


def events_of(engine: Engine) -> list[dict[str, Any]]:
    """Seq, instant, actor, action, purpose and details of every audit event, in order."""
    event = AuditEvent
    columns = (event.seq, event.at, event.actor, event.action, event.purpose, event.details)
    with engine.connect() as connection:
        return [dict(each) for each in connection.execute(select(*columns).order_by(event.seq)).mappings()]


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationTest:
    """One test: its Chinese title, what it proves, its query as text, and how its exceptions are found.

    `needs` names the fields of `Examined` without which it cannot be run; `asked` gives the query with its values.
    """

    name: str
    title: str
    proves: str
    query: str
    examine: Callable[[Examined], pl.DataFrame] = field(repr=False)
    needs: tuple[str, ...] = ()
    asked: Callable[[Examined], str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a test found: its exceptions (keys and codes), or why it was not run; `query` as it was asked."""

    test: PopulationTest
    query: str
    exceptions: pl.DataFrame
    not_run: str = ""

    @property
    def state(self) -> str:
        """`passed`, `exceptions` or `not_run`."""
        if self.not_run:
            return "not_run"
        return "exceptions" if self.exceptions.height else "passed"


def sql(
    name: str, *, title: str, proves: str, statement: str, given: Mapping[str, str] | None = None
) -> PopulationTest:
    """A test by one statement on the registry; `:edition`, `:as_of` and `:today` are filled in.

    `given` names the parameters in force that the statement reads, by the word that stands for each.
    """
    wanted, sources = dedent(statement).strip(), given or {}

    def values(examined: Examined) -> dict[str, Any]:
        known: dict[str, Any] = {
            "edition": examined.edition.edition_id,
            "as_of": examined.edition.as_of,
            "today": examined.today,
        }
        known |= {word: examined.parameters.dated(name).value for word, name in sources.items()}
        return {each: value for each, value in known.items() if f":{each}" in wanted}

    def bound(examined: Examined) -> TextClause:
        used = values(examined)
        days = [bindparam(each, used[each], type_=Date()) for each in _DAYS if each in used]
        lists: list[BindParameter[Any]] = [
            bindparam(each, value, expanding=True) for each, value in used.items() if isinstance(value, tuple)
        ]
        single = {each: value for each, value in used.items() if each not in _DAYS and not isinstance(value, tuple)}
        return text(wanted).bindparams(*days, *lists, **single)

    def examine(examined: Examined) -> pl.DataFrame:
        with examined.engine.connect() as connection:
            found = connection.execute(bound(examined))
            rows = [[_plain(value) for value in row] for row in found.fetchall()]
            return pl.DataFrame(rows, schema=dict.fromkeys(found.keys(), pl.String()), orient="row")

    def asked(examined: Examined) -> str:
        return "\n".join(
            filter(None, [as_asked(examined.engine, bound(examined)), told_values(values(examined), sources)])
        )

    query = "\n".join([wanted, *[f"-- :{word} = {name}" for word, name in sources.items()]])
    return PopulationTest(name=name, title=title, proves=proves, query=query, examine=examine, asked=asked)


def frames(
    name: str, *, title: str, proves: str, needs: tuple[str, ...] = ()
) -> Callable[[Callable[[Examined], pl.DataFrame]], PopulationTest]:
    """A test by a function over frames; its query is the function itself."""

    def declare(function: Callable[[Examined], pl.DataFrame]) -> PopulationTest:
        source = dedent(inspect.getsource(function))
        body = source[source.index("def ") :].strip()
        return PopulationTest(name=name, title=title, proves=proves, query=body, examine=function, needs=needs)

    return declare


def run_tests(tests: Iterable[PopulationTest], examined: Examined) -> list[Finding]:
    """Run them in order; one that lacks what it needs is told as not run."""
    return [_run(each, examined) for each in tests]


def _run(test: PopulationTest, examined: Examined) -> Finding:
    lacking = [each for each in test.needs if getattr(examined, each) is None]
    if lacking:
        why = f"{', '.join(lacking)} cannot be had any more"
        return Finding(test=test, query=test.query, exceptions=pl.DataFrame(), not_run=why)
    query = test.asked(examined) if test.asked else test.query
    return Finding(test=test, query=query, exceptions=test.examine(examined))


def _plain(value: object) -> str | None:
    if value is None:
        return None
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
