"""Rules in which one function is a mutant: its code in place of the original's, or modules imported anew.

What belongs here: putting a mutant in and taking it out. Putting code in place of code costs nothing, and whoever
holds the function has the mutant. What runs while modules are imported, and a number of a module, needs a new import
(`world`); libraries and contracts stay as they are, so that it takes some tenths of a second.
"""

import importlib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from tests.mutation.mutants import MODULE_LEVEL, Mutant

__all__ = ["is_swappable", "ran_at_import", "swapped", "world"]

_ANEW = ("rules.", "editions", "scoring", "tests.unit", "tests.scenarios", "tests.house")
_LASTING = ("rules.base", "rules.errors", "rules.parameters")
_ROOT = Path(__file__).resolve().parents[2]


class _MutantLoader(importlib.abc.InspectLoader):
    def __init__(self, source: str, path: Path) -> None:
        self._source, self._path = source, path

    def get_source(self, fullname: str) -> str:  # of the one module that this loader is for
        return self._source

    def is_package(self, fullname: str) -> bool:  # as its file says
        return self._path.stem == "__init__"

    def exec_module(self, module: ModuleType) -> None:  # with the file that it would have
        module.__file__ = str(self._path)
        super().exec_module(module)


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
        place = _file(fullname)
        loader = _MutantLoader(self._mutant.source, place)
        spec = importlib.machinery.ModuleSpec(fullname, loader, origin=str(place), is_package=loader.is_package(""))
        if spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append(str(place.parent))
        return spec


@contextmanager
def world(mutant: Mutant | None, *, whole: bool = False) -> Iterator[None]:
    """Within it, imports give the mutant and modules that use it; afterwards those of the files.

    `whole` imports anew what rules are made of as well; so does a mutant of it.
    """
    finder = [_Finder(mutant)] if mutant is not None else []
    whole = whole or (mutant is not None and (mutant.module == "rules" or mutant.module.startswith(_LASTING)))
    _forget(whole=whole)
    sys.meta_path[:0] = finder
    try:
        yield
    finally:
        del sys.meta_path[: len(finder)]
        _forget(whole=whole)


@contextmanager
def swapped(mutant: Mutant) -> Iterator[None]:
    """Within it, the function has the code of the mutant; raises `ValueError` where that cannot be."""
    function = _plain(importlib.import_module(mutant.module), mutant.function)
    code = function.__code__
    function.__code__ = _code(mutant, code.co_filename)
    try:
        yield
    finally:
        function.__code__ = code


def is_swappable(mutant: Mutant, ran: set[tuple[str, str]]) -> bool:
    """Whether the code of `mutant` can be put in place of the original's: nothing of it has run at import."""
    return mutant.function != MODULE_LEVEL and (mutant.module, mutant.function) not in ran


def ran_at_import(modules: Iterable[str]) -> set[tuple[str, str]]:
    """The functions of `rules` (module and name) that run while `modules` are imported anew."""
    ran: set[CodeType] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            ran.add(frame.f_code)

    with world(None, whole=True):
        sys.setprofile(note)
        try:
            for each in modules:
                importlib.import_module(each)
        finally:
            sys.setprofile(None)
    files = {str(path): _module(path) for path in (_ROOT / "rules").rglob("*.py")}
    return {(files[code.co_filename], _outermost(code)) for code in ran if code.co_filename in files}


def _outermost(code: CodeType) -> str:
    return code.co_qualname.partition(".<locals>")[0]


def _plain(holder: ModuleType, name: str) -> FunctionType:
    """The function itself, below what decorates it."""
    found: Any = holder
    for part in name.split("."):
        found = vars(found)[part]
    for wrapped in ("func", "fget", "__func__", "__wrapped__"):
        found = getattr(found, wrapped, found)
    if not isinstance(found, FunctionType):
        raise ValueError(f"{name} is no function")  # noqa: TRY004  # one error for all that cannot be swapped
    return found


def _code(mutant: Mutant, filename: str) -> CodeType:
    code = compile(mutant.source, filename, "exec")
    for part in mutant.function.split("."):
        code = next(each for each in code.co_consts if isinstance(each, CodeType) and each.co_name == part)
    return code


def _forget(*, whole: bool) -> None:
    lasting = () if whole else _LASTING
    for name in [each for each in sys.modules if each.startswith(_ANEW) and not each.startswith(lasting)]:
        _drop(name)
    if whole:
        _drop("rules")
    elif "rules" in sys.modules:
        sys.modules["rules"].all_rules.cache_clear()


def _drop(name: str) -> None:
    package, _, attribute = name.rpartition(".")
    sys.modules.pop(name, None)
    vars(sys.modules.get(package, ModuleType(""))).pop(attribute, None)


def _file(module: str) -> Path:
    path = _ROOT / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _module(path: Path) -> str:
    parts = path.relative_to(_ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
