"""The rows of the list page, drawn: the one part of a page that is too large for the template to draw quickly.

What belongs here: the cells of a row. Words are looked up and escaped once a language, not once a cell; everything else
is escaped here. Which families they are stands in `list_query`, the rest of the page in `list.html`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, TypeAlias
from urllib.parse import quote

from markupsafe import Markup, escape

from editions.changes import CHANGE_REASONS
from editions.grounds import GROUNDS
from editions.standing import STATUSES
from portal.language import gettext, locale
from portal.page import masked_family
from registry.filters import EVIDENCE, LAYERS, TIERS
from registry.queries import EditionInfo
from rules.classes import CLASSES
from schemas.codes import CODE_LISTS, CodeList

__all__ = ["drawn_rows"]

_Row: TypeAlias = Mapping[str, Any]
_Words: TypeAlias = Mapping[str | None, str]
_NOTHING = "—"
_MOST_KEPT = 4_096


def drawn_rows(
    rows: Sequence[_Row],
    names: Mapping[str, str] | None,
    edition: EditionInfo,
    *,
    columns: Iterable[str],
    first: int,
    linked: bool,
    left: Mapping[str, Sequence[str]] | None = None,
) -> Markup:
    """Table rows: number, the head's name (unless `names` is None; a link when `linked`), family, and the columns.

    Of families that left, `left` has why (`editions.changes.CHANGE_REASONS`), and stands in the place of the status.
    """
    known = _cells(locale().language)
    if left is not None:
        known = known | {"status": lambda row: f"<td>{_gone(left.get(row['family_id'], ()))}</td>"}
    cells = [known[each] for each in columns]
    found = []
    for number, row in enumerate(rows, start=first):
        family = row["family_id"]
        named = "" if names is None else _named(family, names.get(family, _NOTHING), edition, linked=linked)
        told = "".join([cell(row) for cell in cells])
        found.append(
            f'<tr><td class="number">{number}</td>{named}<td class="code short">{escape(masked_family(family))}</td>'
            f"{told}</tr>\n"
        )
    return Markup("".join(found))  # noqa: S704  # escaped above, piece by piece


def _named(family: str, known: str, edition: EditionInfo, *, linked: bool) -> str:
    name = escape(known)
    if linked:
        place = (
            family.replace(":", "%3A") if family.replace(":", "").isalnum() and family.isascii() else quote(family, "")
        )
        return f'<td class="short"><a href="/families/{place}?as_of={edition.as_of}">{name}</a></td>'
    return f'<td class="short">{name}</td>'


@cache
def _cells(language: str) -> dict[str, Callable[[_Row], str]]:
    """How each column is drawn in a language, which is that of the request."""
    tiers, layers = _words(TIERS), {code: str(escape(gettext(LAYERS.labels[code][-1]))) for code in LAYERS.codes}
    evidence, statuses = _words(EVIDENCE), _words(STATUSES)
    score, members = (str(escape(gettext(each))) for each in ("评分", "人数"))
    streets, communities = (_words(CODE_LISTS[each]) for each in ("street", "community"))
    return {
        "tier": lambda row: f"<td>{_tag(row['tier'], tiers)}</td>",
        "score": lambda row: _number(row["score"], score),
        "place": lambda row: _short(streets.get(row["street_code"], _NOTHING) + _below(row, communities)),
        "layer": lambda row: _short(layers.get(row["layer"], _NOTHING)),
        "groups": lambda row: _grounds(_groups(language, row["groups"] or "", row["proposed_groups"] or "")),
        "classes": lambda row: f"<td>{_classes(language, row['classes'] or '')}</td>",
        "members": lambda row: _number(row["members"], members),
        "evidence": lambda row: f"<td>{evidence.get(row['income_evidence'], _NOTHING)}</td>",
        "status": lambda row: _short(statuses.get(row["status"], _NOTHING)),
    }


def _number(value: int | None, label: str) -> str:
    """A figure, with the word that stands before it where there is no heading above it."""
    return f'<td class="number" data-label="{label}">{_NOTHING if value is None else f"{value:,}"}</td>'


def _short(drawn: str) -> str:
    return f'<td class="short">{drawn}</td>'


def _grounds(drawn: str) -> str:
    return f'<td class="grounds">{drawn}</td>'


def _words(codes: CodeList) -> _Words:
    return {code: str(escape(gettext(codes.title_of(code)))) for code in codes.codes}


def _gone(reasons: Iterable[str]) -> str:
    told = gettext("、").join(gettext(CHANGE_REASONS.title_of(each)) for each in reasons)
    return str(escape(gettext("不再列入") + (gettext("：") + told if told else "")))


def _tag(tier: str | None, words: _Words) -> str:
    return f'<span class="tag {tier}">{words[tier]}</span>' if tier in words else ""


def _below(row: _Row, communities: _Words) -> str:
    return f"<br><small>{communities[row['community_code']]}</small>" if row["community_code"] in communities else ""


@lru_cache(_MOST_KEPT)
def _groups(language: str, groups: str, proposed: str) -> str:  # noqa: ARG001  # in which language it was told
    leaving = set(filter(None, proposed.split(";")))
    leaves = gettext("%(group)s（拟退出）")
    titles = ((each, gettext(GROUNDS.title_of(each))) for each in groups.split(";") if each)
    return _items(leaves % {"group": title} if each in leaving else title for each, title in titles)


@lru_cache(_MOST_KEPT)
def _classes(language: str, classes: str) -> str:  # noqa: ARG001  # in which language it was told
    return _items(gettext(CLASSES[each]) for each in classes.split(";") if each)


def _items(words: Iterable[str]) -> str:
    return "".join(f'<span class="item">{escape(each)}</span>' for each in words) or _NOTHING
