"""What may be chosen on the list page, drawn: words are looked up and escaped once a language, not once a page.

What belongs here: options, boxes and headings that are the same for everybody of an area. What was chosen is marked in
them for each request.
"""

from collections.abc import Callable, Iterable
from datetime import date
from functools import cache, lru_cache

from markupsafe import Markup, escape

from editions.grounds import VERIFIED
from portal.language import gettext, locale
from portal.overview import groups
from portal.page import day_told
from portal.words import rule_title
from registry.exports.result import EXPORT_CONTENTS, EXPORT_PURPOSES
from registry.filters import LIST_CHANGES, LIST_GROUPS, TIERS
from registry.list_columns import LIST_COLUMNS
from registry.queries import BACK, LIST_SORTS
from registry.scope import Area
from rules.classes import CLASSES
from schemas.codes import CODE_LISTS, CodeList

__all__ = ["boxes", "headings", "months_chosen", "options"]

_NUMBERS = ("score", "members")
_SORTED = {"tier": "urgency", "score": "score", "place": "street"}  # columns that lead to an order
_MOST_KEPT = 1_024


def options(field: str, chosen: str, area: Area) -> Markup:
    """The options of a field of the list for readers of `area`; the chosen one, if it is one of them, is marked."""
    return _marked(_drawn(locale().language, field, area), chosen)


def months_chosen(months: Iterable[date], chosen: date) -> Markup:
    """The months of which there is a list."""
    return _marked(_months(locale().language, tuple(months)), f"{chosen}")


def boxes(columns: tuple[str, ...]) -> Markup:
    """A box a column of the table; those that are shown are checked."""
    return _boxes(locale().language, columns)


def headings(columns: tuple[str, ...], sort: str, address: Callable[[str], str] | None) -> Markup:
    """The headings of the columns that are shown; one of an order leads to it, or to its reverse, by `address`."""
    return Markup("").join(_heading(each, sort, address) for each in columns)


def _heading(column: str, sort: str, address: Callable[[str], str] | None) -> Markup:
    title = gettext(LIST_COLUMNS.title_of(column))
    kind = Markup(' class="number"') if column in _NUMBERS else ""
    order = _SORTED.get(column)
    if order is None or address is None:
        return Markup("<th{}>{}</th>").format(kind, title)
    rising = column == "place"
    now, other = {order: (True, order + BACK), order + BACK: (False, order)}.get(sort, (None, order))
    told = "" if now is None else Markup(' aria-sort="{}"').format("ascending" if now == rising else "descending")
    arrow = "" if now is None else ("▲" if now == rising else "▼")
    return Markup('<th{}{}><a href="{}" rel="nofollow">{}</a>{}</th>').format(
        kind, told, address(other), title, Markup('<span aria-hidden="true"> {}</span>').format(arrow) if arrow else ""
    )


def _marked(drawn: str, chosen: str) -> Markup:
    opening = f'<option value="{escape(chosen)}"'
    return Markup(drawn.replace(f"{opening}>", f"{opening} selected>", 1))  # noqa: S704  # escaped where it is drawn


def _option(code: str, name: str) -> str:
    return f'<option value="{escape(code)}">{escape(name)}</option>'


@cache
def _drawn(_language: str, field: str, area: Area) -> str:
    """The options of a field in the language of the request, which is told so that each has its own."""
    if field == "street":
        return _every() + _coded(CODE_LISTS["street"], area.streets)
    if field == "community":
        return _every() + "".join(_communities_of(each, area) for each in area.streets)
    if field == "group":
        return (
            _every()
            + "".join(_option(rule.id, rule_title(rule)) for rule in groups())
            + _option(VERIFIED, gettext(LIST_GROUPS.title_of(VERIFIED)))
        )
    if field == "difficulty":
        return _every() + "".join(_option(code, gettext(name)) for code, name in CLASSES.items())
    told = {
        "tier": TIERS,
        "change": LIST_CHANGES,
        "sort": LIST_SORTS,
        "purpose": EXPORT_PURPOSES,
        "contents": EXPORT_CONTENTS,
    }[field]
    named = "".join(_option(code, gettext(told.title_of(code))) for code in told.codes)
    return (_every() if field in {"tier", "change"} else "") + named


def _every() -> str:
    return _option("", gettext("全部"))


def _coded(codes: CodeList, wanted: Iterable[str]) -> str:
    return "".join(_option(code, codes.title_of(code)) for code in wanted)


def _communities_of(street: str, area: Area) -> str:
    there = [code for code in area.communities if code.startswith(street)]
    title = CODE_LISTS["street"].title_of(street)
    return f'<optgroup label="{escape(title)}">{_coded(CODE_LISTS["community"], there)}</optgroup>'


@lru_cache(_MOST_KEPT)
def _months(_language: str, months: tuple[date, ...]) -> str:
    return "".join(_option(f"{each}", day_told(each)) for each in months)


@lru_cache(_MOST_KEPT)
def _boxes(_language: str, columns: tuple[str, ...]) -> Markup:
    box = Markup('<label class="choice"><input type="checkbox" name="column" value="{}"{}>{}</label>')
    shown = {code: Markup(" checked") if code in columns else "" for code in LIST_COLUMNS.codes}
    return Markup("").join(
        box.format(code, shown[code], gettext(LIST_COLUMNS.title_of(code))) for code in LIST_COLUMNS.codes
    )
