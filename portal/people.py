"""Names on the pages: shown only once it stands in the audit chain that they are shown.

What belongs here: the one way from families or cases to the people whom a page names. The list page records itself.
"""

from collections.abc import Iterable, Mapping

from fastapi import Request

from registry.people_of_families import Head, heads, heads_of_cases, heads_of_work
from registry.queries import current_edition
from registry.roles import Actor
from registry.views import record_view

__all__ = ["people_of", "people_of_cases"]


def people_of(
    request: Request, reader: Actor, what: str, families: Iterable[str], edition_id: str = ""
) -> dict[str, Head]:
    """The heads of families that the reader has seen, by family, of the newest edition unless another is named.

    `what` names the page in the audit event. Of a family that is not on the newest list (`members` is 0) it is the
    person whom its case is about.
    """
    state = request.app.state
    wanted = list(families)
    _record(request, reader, what, len(wanted), edition_id)
    if edition_id:
        return heads(state.engine, state.settings, wanted, actor=reader, edition_id=edition_id)
    return heads_of_work(state.engine, state.settings, wanted, actor=reader)


def people_of_cases(request: Request, reader: Actor, what: str, families: Mapping[str, str]) -> dict[str, Head]:
    """By case the head of its family, or whom its first question is about; `families` names the family of each case."""
    state = request.app.state
    _record(request, reader, what, len(families))
    return heads_of_cases(state.engine, state.settings, families, actor=reader)


def _record(request: Request, reader: Actor, what: str, rows: int, edition_id: str = "") -> None:
    edition = None if edition_id else current_edition(request.app.state.engine)
    named = str(reader.may("family.identity")).lower()
    record_view(
        request.app.state.engine,
        reader,
        what,
        edition_id=edition.edition_id if edition else edition_id,
        rows=rows,
        filters={"identities": named},
    )
