"""The mutants that nobody can notice, or that nobody has to: `survivors.yaml`, each with its reason.

What belongs here: reading the list and comparing it with what survived.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.mutation.mutants import Mutant

__all__ = ["LIST", "Survivor", "entry_of", "read_survivors"]

LIST = Path(__file__).with_name("survivors.yaml")
_KEYS = {"function", "change", "why"}


@dataclass(frozen=True, slots=True, order=True)
class Survivor:
    """One mutant that is let live; `why` says what makes it equivalent, or why no test can tell."""

    module: str
    function: str
    change: str
    why: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from others."""
        return self.module, self.function, self.change


def read_survivors(path: Path = LIST) -> list[Survivor]:
    """The list; raises `ValueError` where an entry is not of the form or stands twice."""
    content: Any = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    found = [_survivor(module, entry) for module, entries in content.items() for entry in entries]
    twice = {each.key for each in found if sum(other.key == each.key for other in found) > 1}
    if twice:
        raise ValueError(f"listed twice: {min(twice)}")
    return found


def entry_of(mutants: Iterable[Mutant]) -> str:
    """`mutants` as entries of the list, without reasons."""
    entries: dict[str, list[dict[str, str]]] = {}
    for each in mutants:
        entries.setdefault(each.module, []).append({"function": each.function, "change": each.change, "why": ""})
    return str(yaml.safe_dump(entries, allow_unicode=True, sort_keys=False, width=1000))


def _survivor(module: str, entry: Any) -> Survivor:
    if not isinstance(entry, dict) or set(entry) != _KEYS or not all(str(each).strip() for each in entry.values()):
        raise ValueError(f"{module}: an entry gives function, change and why, none of them empty: {entry!r}")
    return Survivor(module, entry["function"], entry["change"], entry["why"])
