"""The tests over whole populations, by name."""

from registry.auditing.catalogue.acts import ACT_TESTS
from registry.auditing.catalogue.entries import ENTRY_TESTS
from registry.auditing.catalogue.record import RECORD_TESTS
from registry.auditing.examining import PopulationTest

__all__ = ["CATALOGUE"]

CATALOGUE: dict[str, PopulationTest] = {each.name: each for each in (*ENTRY_TESTS, *ACT_TESTS, *RECORD_TESTS)}
