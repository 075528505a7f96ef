"""What must notice a mutant: the officials' cases, then the tests that concern its module.

What belongs here: running the cases without computing anew what the mutant leaves as it is, and the tests within this
process. What a case says and when it holds is settled by `editions.scenarios` alone.
"""

import importlib
import io
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, cast

import polars as pl
import pytest

from tests.mutation.worlds import world

__all__ = ["Cases", "Target", "TimeIsUpError", "fails_anew", "with_tests", "within"]

_SECONDS = 120  # of the processor: on a busy machine a mutant takes longer, and is not noticed for it
_PLAIN = ("-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore::pytest.PytestAssertRewriteWarning")
Tables = Mapping[str, pl.LazyFrame]


class TimeIsUpError(Exception):
    """A mutant that does not come to an end is noticed."""


class _NothingDiffersError(Exception):
    """All that the mutant takes part in is as without it, and so is the rest of the case."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A module to be mutated: the stages that it takes part in, its rules, and the tests that concern it."""

    module: str
    stages: tuple[str, ...]
    rules: frozenset[str]
    tests: tuple[str, ...]

    @property
    def imported(self) -> tuple[str, ...]:
        """Modules that are imported before its cases and tests run."""
        files = dict.fromkeys(each.partition("::")[0] for each in self.tests)
        return ("rules.measures", "editions.scenarios", *(name.removesuffix(".py").replace("/", ".") for name in files))


@dataclass
class _Known:
    """What the unchanged code computes for one case: its facts, and by day the tables of stages and hits of rules."""

    facts: dict[str, pl.LazyFrame] = field(default_factory=dict)
    fed: dict[str, pl.LazyFrame] = field(default_factory=dict)
    stages: dict[tuple[date, str], dict[str, pl.LazyFrame]] = field(default_factory=dict)
    hits: dict[tuple[date, str], pl.LazyFrame] = field(default_factory=dict)
    predicates: frozenset[tuple[str, str]] = frozenset()


class Cases:
    """All cases with what the unchanged code makes of them; those that notice most are asked first."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._shipped: tuple[object, Any] = (None, None)
        with world(None):
            self.scenarios: list[Any] = importlib.import_module("editions.scenarios").load_scenarios()

    def learn(self, target: Target) -> None:
        """What the unchanged code makes of the cases that concern `target`, where it is not known yet.

        Raises:
            AssertionError: a case does not hold without any mutant.
        """
        scenarios = importlib.import_module("editions.scenarios")
        for case in self.scenarios:
            if case.source in self._known or not _concerns(scenarios, case, target):
                continue
            known = _Known()
            with _patched(known, None, case.as_of):
                result = scenarios.run_scenario(case, self._parameters())
            if not result.passed:
                raise AssertionError(f"case {case.source} does not hold without any mutant")
            known.predicates = result.predicates
            self._known[case.source] = known

    def noticing(self, target: Target) -> str | None:
        """The first case that does not hold with the mutant that is in place, or cannot be computed."""
        if not target.stages:
            return None
        try:
            scenarios = importlib.import_module("editions.scenarios")
            shipped = self._parameters()
        except Exception as error:  # noqa: BLE001  # a mutant may raise anything
            return f"import ({type(error).__name__})"
        for place, case in enumerate(self.scenarios):
            if not _concerns(scenarios, case, target):
                continue
            if not self._holds(scenarios, case, shipped, self._known[case.source], target):
                self.scenarios.insert(0, self.scenarios.pop(place))
                return str(case.source)
        return None

    def _parameters(self) -> Any:
        """Those of the files, read once for each import of their module."""
        module = importlib.import_module("rules.parameters")
        if self._shipped[0] is not module:
            self._shipped = module, module.load_parameters()
        return self._shipped[1]

    @staticmethod
    def _holds(scenarios: Any, case: Any, shipped: Any, known: _Known, target: Target) -> bool:
        try:
            predicates = known.predicates
            try:
                with _patched(known, target, case.as_of):
                    result = scenarios.run_scenario(case, shipped)
                if not result.passed:
                    return False
                predicates = result.predicates
            except _NothingDiffersError:
                pass
            declared = importlib.import_module("rules").get_rule
            return all(declared(rule).found(basis) for rule, basis in predicates)
        except TimeIsUpError:
            raise
        except Exception:  # noqa: BLE001  # a mutant may raise anything
            return False


def _concerns(scenarios: Any, case: Any, target: Target) -> bool:
    """Whether the case computes a stage of the target; of a target of warnings, one of its rules."""
    if {stage.name for stage in scenarios.stages_of(case)}.isdisjoint(target.stages):
        return False
    return target.stages != ("warnings",) or not case.warnings or not target.rules.isdisjoint(case.warnings)


@contextmanager
def _patched(known: _Known, target: Target | None, last: date) -> Iterator[None]:
    """The fresh modules with stages and rules remembered, or with those before `target` taken from memory."""
    names = ("editions.scenarios", "editions.hits", "editions.warnings")
    scenarios, hits, warnings = (cast("Any", importlib.import_module(name)) for name in names)
    memory = _Memory(known, target, last, modules=(scenarios, hits))
    held = [(scenarios, name, getattr(scenarios, name)) for name in ("run_stages", "frame_of", "with_feeds")]
    held += [(each, "evaluate", each.evaluate) for each in (hits, warnings)]
    for module, name, _ in held:
        setattr(module, name, getattr(memory, name))
    try:
        yield
    finally:
        for module, name, value in held:
            setattr(module, name, value)


class _Memory:
    """Stands in for `run_stages` and its parts: computes what the mutant touches, and remembers the rest.

    When on the last day of a case nothing of it differs, the rest of the case is not computed either.
    """

    def __init__(self, known: _Known, target: Target | None, last: date, *, modules: tuple[Any, Any]) -> None:
        self._known, self._target, self._last = known, target, last
        scenarios, hits = modules
        self._evaluate: Callable[..., Any] = hits.evaluate
        self._frame_of, self._with_feeds = scenarios.frame_of, scenarios.with_feeds
        self._differs = target is None

    def frame_of(self, table: Any, rows: Any) -> pl.LazyFrame:
        """The facts of a case do not hang on the mutant."""
        if table.name not in self._known.facts:
            self._known.facts[table.name] = self._frame_of(table, rows)
        return self._known.facts[table.name]

    def with_feeds(self, tables: Any, *delivered: Any) -> dict[str, pl.LazyFrame]:
        """Nor do those that are made of delivered rows."""
        if not self._known.fed:
            made = self._with_feeds(tables, *delivered)
            self._known.fed = {name: frame.collect().lazy() for name, frame in made.items()}
        return dict(self._known.fed)

    def run_stages(self, given: Any, stages: Iterable[Any], *, keep: object = None) -> dict[str, pl.LazyFrame]:
        """The stages of the target, and those after a table that differs, are computed; others are remembered."""
        whole, tables = given.complete(), dict(given.tables)
        for stage in stages:
            at = (given.as_of, stage.name)
            made = self._known.stages.get(at, {})
            if self._differs or self._target is None or stage.name in self._target.stages:
                made = {name: each.collect().lazy() for name, each in stage.run(replace(whole, tables=tables)).items()}
                self._differs = self._differs or not _equal(made, self._known.stages[at])
            if self._target is None:
                self._known.stages[at] = made
            tables.update(made)
        self._stop(given.as_of)
        return tables

    def evaluate(self, rules: Iterable[Any], context: Any) -> pl.LazyFrame:
        """The rules of the target, and all over tables that differ, are evaluated; others are remembered."""
        parts: list[pl.LazyFrame] = []
        differs = self._differs
        for rule in rules:
            known = self._known.hits.get((context.as_of, rule.id))
            if self._differs or self._target is None or known is None or rule.id in self._target.rules:
                found = self._evaluate([rule], context).collect().lazy()
                differs = differs or known is None or not _equal({"": found}, {"": known})
            else:
                found = known
            if self._target is None:
                self._known.hits[context.as_of, rule.id] = found
            parts.append(found)
        if not differs and self._target is not None and len(self._target.stages) == 1:
            self._stop(context.as_of)
        return pl.concat(parts)

    def _stop(self, day: date) -> None:
        if not self._differs and day == self._last:
            raise _NothingDiffersError


def _equal(made: Tables, known: Tables) -> bool:
    pairs = [(each.collect(), known[name].collect()) for name, each in made.items()]
    return all(
        one.height == other.height and (one.is_empty() or one.sort(pl.all()).equals(other.sort(pl.all())))
        for one, other in pairs
    )


class _Loop:
    """In place of pytest's loop over the tests: hands `work` a function that runs them until one fails."""

    def __init__(self, work: Callable[[Callable[[], bool]], object]) -> None:
        self._work, self._failed = work, False

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Whoever fails goes first the next time."""

        def fails() -> bool:
            for place, item in enumerate(session.items):
                self._failed = False
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
                if self._failed:
                    session.items.insert(0, session.items.pop(place))
                    return True
            return False

        self._work(fails)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A failure in setting up or taking down counts as well."""
        self._failed = self._failed or report.failed


def with_tests(tests: Iterable[str], work: Callable[[Callable[[], bool]], object]) -> None:
    """Collect `tests` (files, as pytest names them) once, and do `work` with a function that says whether one fails."""
    arguments = ["-q", "-s", "--no-header", *_PLAIN, *tests]
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        ended = pytest.main(arguments, plugins=[_Loop(work)])
    if ended not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        raise RuntimeError(f"pytest cannot run {' '.join(tests)}: {ended!r}")


def fails_anew(tests: Iterable[str]) -> bool:
    """Whether one of `tests` fails, or is not found any more, when all of them are imported anew."""
    arguments = ["-x", "-q", "--no-header", *_PLAIN, *tests]
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        ended = pytest.main(arguments)
    failed = {pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR}
    if ended not in {pytest.ExitCode.OK, *failed}:
        raise RuntimeError(f"pytest cannot run {' '.join(tests)}: {ended!r}")
    return ended is not pytest.ExitCode.OK


@contextmanager
def within(seconds: float = _SECONDS) -> Iterator[None]:
    """Raises `TimeIsUpError` when what is in it takes more of the processor."""

    def _ring(*_: object) -> None:
        raise TimeIsUpError

    before = signal.signal(signal.SIGPROF, _ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
