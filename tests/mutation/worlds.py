"""A world in which one module of `rules/` is a mutant: it and all that compute with it are imported anew.

What belongs here: forgetting and importing modules. Libraries, contracts and parameters stay as they are, so that a
new world takes a few hundredths of a second.
"""

import importlib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType

from tests.mutation.mutants import Mutant

__all__ = ["world"]

_LASTING = ("rules.base", "rules.errors", "rules.parameters")
_ANEW = ("rules.", "editions", "scoring", "tests.unit", "tests.scenarios", "tests.house")


class _MutantLoader(importlib.abc.InspectLoader):
    def __init__(self, source: str) -> None:
        self._source = source

    def get_source(self, fullname: str) -> str:  # of the one module that this loader is for
        return self._source


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the mutant in place of its module, and nothing else."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._mutant.module:
            return None
        return importlib.machinery.ModuleSpec(fullname, _MutantLoader(self._mutant.source), origin=fullname)


@contextmanager
def world(mutant: Mutant | None) -> Iterator[None]:
    """Within it, imports give the mutant and modules that use it; afterwards those of the files."""
    finder = [_Finder(mutant)] if mutant is not None else []
    _forget()
    sys.meta_path[:0] = finder
    try:
        yield
    finally:
        del sys.meta_path[: len(finder)]
        _forget()


def _forget() -> None:
    for name in [each for each in sys.modules if each.startswith(_ANEW) and not each.startswith(_LASTING)]:
        package, _, attribute = name.rpartition(".")
        del sys.modules[name]
        vars(sys.modules.get(package, ModuleType(""))).pop(attribute, None)
    rules = sys.modules.get("rules")
    if rules is not None:
        rules.all_rules.cache_clear()
