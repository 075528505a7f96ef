"""What a reader asks of the list: the words of the address or form, checked, and the families that they mean.

What belongs here: filters, order and columns of the list. The list page and its downloads ask with the same words, so
that a file holds what the page shows.
"""

from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import date
from threading import Lock
from typing import Annotated, Any
from urllib.parse import urlencode

import polars as pl
from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, field_validator
from sqlalchemy import Engine
from starlette.datastructures import State

from portal.published import edition_before, edition_for
from registry.changed import changed_families, is_compared, left_why
from registry.errors import NoEditionError
from registry.filters import LIST_CHANGES, LIST_GROUPS, TIERS, ListFilter, Sought
from registry.list_columns import LIST_COLUMNS
from registry.list_index import ListIndexes
from registry.names_of_people import names_of_heads
from registry.queries import LIST_SORTS, EditionInfo, current_edition, list_count, list_rows, previous_edition
from registry.reader_vault import vault_for
from registry.roles import Actor, require
from registry.scope import DISTRICT, Area, Scope
from registry.vault import Vault
from registry.views import view_recorded
from schemas.codes import CODE_LISTS
from schemas.errors import UnknownNameError

__all__ = ["Asked", "Listed", "Wanted", "count_of", "list_page", "mark_of", "read_ahead", "standing_in"]

_Column = Annotated[str, WithJsonSchema({"type": "string", "enum": [*LIST_COLUMNS.codes]})]
_KINDS_OF_NUMBERS = ("D", "H")  # registered households of aid, and of the police


def _word(description: str, codes: Iterable[str]) -> Any:
    """A word of a closed list, or none; the filter itself refuses another, and takes the Chinese title as well."""
    return Field(default="", description=description, json_schema_extra={"enum": ["", *codes]})


class Wanted(BaseModel):
    """Which families, in which order, with which columns; unknown words are refused by whoever knows the words."""

    model_config = ConfigDict(extra="forbid")

    as_of: date | None = Field(default=None, description="The list of that day; without it the newest")
    street: str = Field(default="", description="Code or Chinese name of a street in the reader's area")
    community: str = Field(default="", description="Code or Chinese name of a community in the reader's area")
    group: str = _word("One of the six groups, or put on the list by a decision", LIST_GROUPS.codes)
    tier: str = _word("Tier of difficulty", TIERS.codes)
    difficulty: str = _word("Class of difficulty", CODE_LISTS["difficulty"].codes)
    score: str = Field(default="", pattern=r"^\d{0,6}$", description="Least score, per ten thousand")
    change: str = _word("How the family changed since the month before", LIST_CHANGES.codes)
    sort: str = Field(default="urgency", json_schema_extra={"enum": [*LIST_SORTS.codes]}, description="Order")
    column: list[_Column] = Field(
        default=[], max_length=len(LIST_COLUMNS.codes), description="Columns to show; all when none is named"
    )

    @field_validator("column")
    @classmethod
    def _known(cls, names: list[str]) -> list[str]:
        for each in names:
            if each not in LIST_COLUMNS.labels:
                raise UnknownNameError(LIST_COLUMNS.name, each, LIST_COLUMNS.codes)
        return [] if set(names) == set(LIST_COLUMNS.codes) else names

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns to show, in their own order: all when none is named."""
        return tuple(each for each in LIST_COLUMNS.codes if not self.column or each in self.column)

    def wanted(self, request: Request, reader: Actor, edition: EditionInfo, keyword: str = "") -> ListFilter:
        """The families that are meant.

        Raises `UnknownNameError`; `NotPermittedError` for a keyword of somebody who may not know identities;
        `NoEditionError` for changes since a month that there is not.
        """
        found = ListFilter.of(
            reader.scope,
            area=self.street or None,
            community=self.community or None,
            group=self.group or None,
            tier=self.tier or None,
            difficulty=self.difficulty or None,
            least_score=int(self.score) if self.score else None,
        )
        if self.change == "proposed":
            found = found.proposed()
        elif self.change:
            found = _changed(request, found, edition, self.change)
        word = keyword.strip()
        if not word:
            return found
        require(reader, "family.identity")
        return replace(found, sought=_sought(request, reader, word))


class Asked(Wanted):
    """The words of the list page."""

    page: int = Field(default=1, ge=1, le=100_000)

    def fields(self) -> list[tuple[str, str]]:
        """The words that were given, as names and values of an address or form; without the page."""
        plain = self.model_dump(exclude={"page", "column"}, mode="json")
        return [(name, value) for name, value in plain.items() if value] + [("column", each) for each in self.column]

    def address(self, page: int) -> str:
        """Of the same list, turned to a page."""
        return f"/list?{urlencode([*self.fields(), ('page', page)])}"

    def sorted_by(self, sort: str) -> str:
        """The address of the first page of the same families in another order."""
        return self.model_copy(update={"sort": sort}).address(1)


def read_ahead(state: State) -> None:
    """Read what the newest list answers with before somebody asks for it; nothing while none is published.

    Which families changed is read for the district, its streets and its communities, where it was computed already.
    """
    newest = current_edition(state.engine)
    if newest is None:
        return
    lists: ListIndexes = state.lists
    now = lists.of(newest.edition_id)
    before = previous_edition(state.engine, newest)
    if before is not None and is_compared(state.engine, newest.edition_id):
        then = lists.of(before.edition_id)  # in which those stand that left
        for area in (DISTRICT, *map(Area, DISTRICT.streets), *map(Area, DISTRICT.communities)):
            if state.ending.is_set():
                return
            changed = _changed_in(state, newest, before, area)
            for change, standing in (("entered", now), ("changed", now), ("left", then)):
                standing.prepare(changed.get(change, frozenset()))


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of the list: its rows (`registry.listed_rows`), how many there are in all, and the heads' names.

    `of` is the edition in which the rows stand: for families that left, the one before. `left` has why each of these
    is listed no more (`registry.changed.left_why`). Nothing of it is shown before `recorded` has a result: the number
    of the event that it was.
    """

    edition: EditionInfo
    of: EditionInfo
    rows: list[dict[str, Any]]
    total: int
    mark: str
    names: dict[str, str]
    left: dict[str, list[str]]
    told: dict[str, str]
    recorded: Future[int]


def list_page(
    request: Request, reader: Actor, asked: Wanted, keyword: str, *, page: int, size: int, what: str
) -> Listed:
    """A page of the list; `what` names who shows it in the audit event, which is written meanwhile.

    Raises what `Wanted.wanted` raises, and `NoEditionError`.
    """
    engine = request.app.state.engine
    edition = edition_for(request, asked.as_of)
    wanted = asked.wanted(request, reader, edition, keyword)
    of = standing_in(request, edition, wanted)
    rows, total = _page(request, of, wanted, sort=asked.sort, limit=size, offset=(page - 1) * size)
    named = reader.may("family.identity")
    recorded = view_recorded(
        engine,
        reader,
        what,
        edition_id=of.edition_id,
        rows=len(rows),
        filters=wanted.titles() | {"sort": asked.sort, "page": str(page), "identities": str(named).lower()},
    )
    names = names_of_heads(request.app.state.settings, rows, actor=reader) if named else {}
    left, told = {}, wanted.titles()
    if _gone(wanted):
        left = left_why(engine, edition.edition_id, of.edition_id, [each["family_id"] for each in rows], reader.scope)
        told |= {"本月变动": LIST_CHANGES.title_of("left")}
    return Listed(edition, of, rows, total, mark_of(reader, edition, total, wanted), names, left, told, recorded)


def standing_in(request: Request, edition: EditionInfo, wanted: ListFilter) -> EditionInfo:
    """The edition in whose list the families that are meant stand: for those that left, the one before `edition`."""
    before = edition_before(request, edition) if _gone(wanted) else None
    return before or edition


def _gone(wanted: ListFilter) -> bool:
    return wanted.change == "left"


def _changed(request: Request, found: ListFilter, edition: EditionInfo, change: str) -> ListFilter:
    """Of families that changed so; which ones is kept, for what is published does not change."""
    if change not in LIST_CHANGES.labels:
        raise UnknownNameError(LIST_CHANGES.name, change, LIST_CHANGES.codes)
    before = edition_before(request, edition)
    if before is None:
        raise NoEditionError("no edition is published for the month before")
    families = _changed_in(request.app.state, edition, before, found.scope.area)
    return found.changed(change, families.get(change, frozenset()))


def _changed_in(state: State, edition: EditionInfo, before: EditionInfo, area: Area) -> dict[str, frozenset[str]]:
    kept: dict[tuple[str, str, Area], dict[str, frozenset[str]]] = state.changed
    key = (edition.edition_id, before.edition_id, area)
    if key not in kept:
        with state.comparing.setdefault(key, Lock()):  # whoever asks meanwhile waits, and does not compare as well
            if key not in kept:
                kept[key] = changed_families(state.engine, edition.edition_id, Scope(area)) or {}
    return kept[key]


def _sought(request: Request, reader: Actor, word: str) -> Sought:
    """People by number, telephone or the beginning of the name; families by id or number.

    By a telephone nobody is found whose telephone the reader is not told.
    """
    state = request.app.state
    people = Vault(state.settings).find_all(word)
    if any(each.isdigit() for each in word):
        told = vault_for(state.engine, state.settings, reader).people(people)
        found = (pl.col("phone") == word) | (pl.col("id_number") == word.upper())
        people = told.filter(found | pl.col("person_name").str.starts_with(word))["person_key"].to_list()
    return Sought(frozenset(people), frozenset({word, *[f"{kind}:{word}" for kind in _KINDS_OF_NUMBERS]}))


def mark_of(reader: Actor, edition: EditionInfo, total: int, wanted: ListFilter | None = None) -> str:
    """By what a download knows that it is of what was shown.

    That is the edition; for a part of the district the count, since the edition would tell that another street changed.
    Families that left are counted for everybody: which they are hangs on the edition before as well.
    """
    if not reader.area.is_district:
        return f"{edition.as_of}:{total}"
    return f"{edition.edition_id}:{total}" if wanted is not None and _gone(wanted) else edition.edition_id


def count_of(request: Request, edition: EditionInfo, wanted: ListFilter) -> int:
    """How many families are meant of a list, or have left it."""
    of = standing_in(request, edition, wanted)
    if _asks_registry(wanted):
        return list_count(request.app.state.engine, of.edition_id, wanted)
    lists: ListIndexes = request.app.state.lists
    return lists.of(of.edition_id).count(wanted)


def _page(
    request: Request, edition: EditionInfo, wanted: ListFilter, *, sort: str, limit: int, offset: int
) -> tuple[list[dict[str, Any]], int]:
    """Families that are meant (`registry.queries.list_rows`), and how many in all, quickly however many there are."""
    if _asks_registry(wanted):
        engine: Engine = request.app.state.engine
        rows = list_rows(engine, edition.edition_id, wanted, sort=sort, limit=limit, offset=offset).to_dicts()
        return rows, list_count(engine, edition.edition_id, wanted)
    lists: ListIndexes = request.app.state.lists
    return lists.of(edition.edition_id).page(wanted, sort=sort, limit=limit, offset=offset)


def _asks_registry(wanted: ListFilter) -> bool:
    """Whether the registry itself answers: of people, who are not kept in memory."""
    return wanted.sought is not None
