"""Of which part of the district, and of which kinds of warnings, somebody may learn anything.

What belongs here: areas (the district, one street, one community) and the conditions that every query about families
carries. A reader outside learns nothing: no row, no count, no difference between "not yours" and "not there".
"""

from dataclasses import dataclass, field
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, and_, true

from schemas.codes import CODE_LISTS
from schemas.errors import UnknownNameError

__all__ = ["ALL_KINDS", "DISTRICT", "WHOLE", "Area", "Scope"]

_DISTRICT = "district"
_STREET = "street"
_COMMUNITY = "community"
_STREET_DIGITS = 9  # of a community's code: the street that it lies in
ALL_KINDS = ("need", "verify", "feed")


@dataclass(frozen=True, slots=True)
class Area:
    """The whole district, a street or a community. `Area.of` knows the words; anything else is refused."""

    code: str = _DISTRICT

    def __post_init__(self) -> None:
        if not self.is_district and self.code not in {*_codes(_STREET), *_codes(_COMMUNITY)}:
            raise UnknownNameError("area", self.code, [_DISTRICT, *_codes(_STREET)])

    @classmethod
    def of(cls, word: str) -> "Area":
        """An area from `district`, or the code or Chinese name of a street or community."""
        for name in (_STREET, _COMMUNITY):
            if word in CODE_LISTS[name].by_label:
                return cls(CODE_LISTS[name].by_label[word])
        return cls(word)

    @property
    def is_district(self) -> bool:
        """Whether it is the whole of the district, families without a known street included."""
        return self.code == _DISTRICT

    @property
    def level(self) -> str:
        """`district`, `street` or `community`."""
        if self.is_district:
            return _DISTRICT
        return _STREET if self.code in _codes(_STREET) else _COMMUNITY

    @property
    def street(self) -> str | None:
        """The street that it is or lies in; None for the district."""
        return None if self.is_district else self.code[:_STREET_DIGITS]

    @property
    def community(self) -> str | None:
        """The community; None for a street and the district."""
        return self.code if self.level == _COMMUNITY else None

    @property
    def title(self) -> str:
        """Its Chinese name."""
        return "全区" if self.is_district else CODE_LISTS[self.level].title_of(self.code)

    @property
    def streets(self) -> tuple[str, ...]:
        """Codes of the streets that somebody of this area may choose between."""
        return _codes(_STREET) if self.street is None else (self.street,)

    @property
    def communities(self) -> tuple[str, ...]:
        """Codes of the communities that somebody of this area may choose between."""
        if self.community is not None:
            return (self.community,)
        return tuple(each for each in _codes(_COMMUNITY) if each.startswith(self.street or ""))

    def covers(self, other: "Area") -> bool:
        """Whether `other` lies in this area."""
        return self.is_district or other.code == self.code or (self.level == _STREET and other.street == self.code)

    def has(self, street: str | None, community: str | None) -> bool:
        """Whether what lies in that street and community lies in this area; unknown places are the district's."""
        if self.is_district:
            return True
        return street == self.street and (self.community is None or community == self.community)

    def has_community(self, code: str | None) -> bool:
        """As `has`, where the community alone is known: its street is the first digits of its code."""
        return self.has(code and code[:_STREET_DIGITS], code)

    def condition(self, street: Any, community: Any) -> ColumnElement[bool]:
        """As a condition on the SQL columns of a family's street and community."""
        if self.is_district:
            return true()
        here = and_(street == self.street)
        return here if self.community is None else and_(here, community == self.community)

    def rows(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows of a frame with `street_code` and `community_code` that lie in this area."""
        if self.is_district:
            return frame
        found = frame.filter(pl.col("street_code") == self.street)
        return found if self.community is None else found.filter(pl.col("community_code") == self.community)


def _codes(name: str) -> tuple[str, ...]:
    return CODE_LISTS[name].codes


DISTRICT = Area()


@dataclass(frozen=True, slots=True)
class Scope:
    """What a query may tell: families of `area`, warnings of `kinds`. There is no default: each caller says it."""

    area: Area
    kinds: tuple[str, ...] = field(default=())


WHOLE = Scope(DISTRICT, ALL_KINDS)
"""For the installation's own work: checks, aggregates, publication. Never for a reader."""
