"""`python -m tests.mutation [--again] [MODULE …]`: mutate the law, say what survived; 1 when the list is not true.

With `--again` only the mutants that have survived earlier runs: cases and tests that were added notice some of them,
and none that was noticed survives for it.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from time import process_time
from typing import TypeAlias

import yaml

from tests.mutation.checks import Cases, Target, TimeIsUpError, fails_anew, with_tests, within
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.survivors import Survivor, entry_of, read_survivors
from tests.mutation.targets import ROOT, source_of, targets
from tests.mutation.worlds import is_swappable, ran_at_import, swapped, world

_OUT = sys.stdout  # while tests run, what they print goes elsewhere
SURVIVED = ROOT / "build" / "mutants" / "survived.yaml"
Ways: TypeAlias = dict[str, Callable[[], bool]]
"""By name, who looks for a mutant, in their order."""
Key: TypeAlias = tuple[str, str, str]


@dataclass
class _Outcome:
    """What became of the mutants of one module."""

    counts: Counter[str] = field(default_factory=Counter)
    survived: list[Mutant] = field(default_factory=list)

    def add(self, mutant: Mutant, how: str) -> None:
        """Count it; a survivor is said and saved at once, so that a run that is broken off loses nothing."""
        self.counts[how] += 1
        if how == "survived":
            self.survived.append(mutant)
            keep(mutant)


def main(arguments: list[str] | None = None) -> int:
    """Run and print; the exit code."""
    known = targets()
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument(
        "modules",
        nargs="*",
        metavar="MODULE",
        help="rules.groups, or rules.groups. for all in it; every one by default",
    )
    parser.add_argument("--again", action="store_true", help="only those mutants that have survived before")
    given = parser.parse_args(arguments)
    asked: list[str] = given.modules or list(known)
    wanted = [name for each in asked for name in ([each] if each in known else known) if name.startswith(each)]
    chosen = [known[name] for name in dict.fromkeys(wanted)]
    if not chosen:
        parser.error(f"no module begins with {' or '.join(asked)}; known: {', '.join(known)}")
    before = survived_before() if given.again else None
    cases = Cases()
    outcomes = {each.module: _tell(each.module, _outcome(each, cases, before)) for each in chosen}
    listed = [each for each in read_survivors() if each.module in outcomes and (before is None or each.key in before)]
    return _judge(outcomes, listed)


def _outcome(target: Target, cases: Cases, only: set[Key] | None = None) -> _Outcome:
    """What becomes of each mutant; before and after them the module as it is, which nothing may find fault with."""
    outcome = _Outcome()
    every = mutants_of(target.module, source_of(target.module))
    mutants = every if only is None else [each for each in every if each.key in only]
    if not mutants:
        return outcome
    ran = _ran(target.imported)
    swappable = [each for each in mutants if is_swappable(each, ran)]
    cases.learn(target)

    def by_cases() -> bool:
        return cases.noticing(target) is not None

    def work(fails: Callable[[], bool]) -> None:
        ways = _control(target, {"tests": fails, "cases": by_cases})
        for mutant in swappable:
            outcome.add(mutant, _notice(swapped(mutant), ways))

    ways = {"tests": lambda: fails_anew(target.tests), "cases": by_cases}
    if swappable:
        with_tests(target.tests, work)
    for mutant in mutants:
        if not is_swappable(mutant, ran):
            outcome.add(mutant, _notice(world(mutant), ways))
    _control(target, ways)
    return outcome


@cache
def _ran(imported: tuple[str, ...]) -> set[tuple[str, str]]:
    return ran_at_import(imported)


def keep(mutant: Mutant) -> None:
    entry = entry_of([mutant])
    _say(entry)
    SURVIVED.parent.mkdir(parents=True, exist_ok=True)
    with SURVIVED.open("a", encoding="utf-8") as file:
        file.write(f"---\n{entry}")


def survived_before() -> set[Key]:
    """The mutants that have survived earlier runs."""
    kept = yaml.safe_load_all(SURVIVED.read_text(encoding="utf-8")) if SURVIVED.is_file() else ()
    found = [(module, entry) for each in kept for module, entries in each.items() for entry in entries]
    return {(module, entry["function"], entry["change"]) for module, entry in found}


def _control(target: Target, ways: Ways) -> Ways:
    """The ways, the cheapest first; raises `RuntimeError` where one finds fault with the module as it is."""
    costs: dict[str, float] = {}
    for name, notices in ways.items():
        start = process_time()
        if _notice(nullcontext(), {name: notices}) != "survived":
            raise RuntimeError(f"{target.module} fails ({name}) as it is: mend it, or let nobody edit while this runs")
        costs[name] = process_time() - start
    return {name: ways[name] for name in sorted(ways, key=costs.__getitem__)}


def _notice(in_place: AbstractContextManager[None], ways: Ways) -> str:
    """The first of the ways in which it is noticed."""
    try:
        with within(), in_place:
            return next((name for name, notices in ways.items() if notices()), "survived")
    except TimeIsUpError:
        return "time"


def _tell(module: str, outcome: _Outcome) -> _Outcome:
    counts = outcome.counts
    noticed = counts["cases"] + counts["tests"] + counts["time"]
    told = f"{module}: {noticed} of {counts.total()} noticed ({counts['cases']} by cases, {counts['tests']} by tests"
    _say(f"{told}, {counts['time']} without end); {counts['survived']} survived")
    return outcome


def _judge(outcomes: dict[str, _Outcome], listed: Iterable[Survivor]) -> int:
    survived = {each.key: each for found in outcomes.values() for each in found.survived}
    reasons = {each.key: each for each in listed}
    unexplained = [mutant for key, mutant in survived.items() if key not in reasons]
    noticed = [each for key, each in reasons.items() if key not in survived]
    if unexplained:
        _say(f"\nnobody notices these {len(unexplained)}; add a case, or list them with the reason why nobody can:\n")
        _say(entry_of(unexplained))
    for each in noticed:
        _say(f"listed as a survivor, but noticed or gone: {each.module} {each.function}: {each.change}")
    total = sum((each.counts for each in outcomes.values()), Counter[str]())
    _say(f"{total.total()} mutants, {total['survived']} survived, {len(survived) - len(unexplained)} of them listed")
    return 1 if unexplained or noticed else 0


def _say(text: str) -> None:
    _OUT.write(f"{text}\n")
    _OUT.flush()


if __name__ == "__main__":
    sys.exit(main())
