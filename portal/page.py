"""What a page is, and how one is drawn.

What belongs here: the `Page` declaration, the template environment and the formats that templates use.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, lru_cache, partial
from hashlib import sha256
from importlib.resources import files
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from babel.dates import format_date
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup, escape
from pydantic import BaseModel

from portal.citations import citation
from portal.language import LANGUAGES, SOURCE, gettext, locale, plainly_said, said
from portal.told import COOKIE as TOLD_COOKIE
from portal.told import told
from portal.words import named, pieced, rule_name, rule_title
from registry.accounts.sessions import Session
from registry.roles import PERMISSIONS, PURPOSES, ROLES, Actor
from registry.simulated import NOTE, is_simulated
from schemas.errors import ContractError
from schemas.settings import settings

__all__ = [
    "API",
    "ASSETS",
    "KNOWN",
    "PUBLIC",
    "SAFE_METHODS",
    "Nav",
    "Page",
    "day_told",
    "entries_of",
    "masked_family",
    "render",
    "stamp",
]

PUBLIC = "public"
"""The permission of pages that are open to everybody: signing in, and assets."""

KNOWN = "known"
"""The permission of what tells of nobody, and is given to whoever is known here, by a session or a token."""

API = "/api/"
"""Where the addresses for programs begin."""

SAFE_METHODS = frozenset({"GET", "HEAD"})
ASSETS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
"""What `static/` may hold, by the ending."""

_SHOWN_DIGITS = 4
_BODY_KILOBYTES = 256
_NOTE_SECONDS = 60
_REFUSED = 400
_HAN = re.compile("[\u4e00-\u9fff](?:[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef0-9]*[\u4e00-\u9fff\u3011\u300b\uff09])?")
_LATIN = re.compile("[A-Za-z]")
_MOST_KEPT = 1_024
_MESSAGE = ["variable_begin", "name", "lparen", "string", "rparen", "variable_end"]


@dataclass(frozen=True, slots=True)
class Nav:
    """An entry of the main navigation; pages of lower `order` come first."""

    title: str
    order: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rest:
    methods: tuple[str, ...] = ("GET",)
    nav: Nav | None = None
    body_kilobytes: int = _BODY_KILOBYTES
    asked: type[BaseModel] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page(_Rest):
    """One address, what answers there, and the permission that it asks for (`registry.roles`); unknown ones raise.

    Further by name: `methods`; `nav` for an entry in the navigation; `body_kilobytes` that a form or upload may have;
    `asked` when the endpoint reads the words of its address by itself; `options` for FastAPI's route (those of the API:
    `response_model`, `tags`). Each endpoint has one page.
    """

    path: str
    endpoint: Callable[..., object]
    permission: str

    def __post_init__(self) -> None:
        if self.permission not in {PUBLIC, KNOWN, *PERMISSIONS.labels}:
            raise ContractError(f"page {self.path} asks for {self.permission!r}, which is no permission")

    @property
    def is_api(self) -> bool:
        """Whether programs read it: tokens are taken, and errors are JSON."""
        return self.path.startswith(API)


def masked_family(family_id: str) -> str:
    """A family's id with all but its kind and last digits hidden."""
    kind, _, number = family_id.partition(":")
    return f"{kind}·****{number[-_SHOWN_DIGITS:]}"


def stamp(name: str) -> str:
    """What changes in the address of an asset when its content does."""
    return sha256(files("portal").joinpath("static", name).read_bytes()).hexdigest()[:12]


def _count(number: int) -> str:
    return f"{number:,}"


def day_told(day: date) -> str:
    """A day as the reader's language writes it."""
    if locale().language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return format_date(day, "d MMMM y", locale=locale())


def _moment(instant: datetime) -> str:
    return f"{instant.astimezone(ZoneInfo(settings().timezone)):%Y-%m-%d %H:%M}"


def _marked(text: str) -> str:
    """A text in the reader's language; what of it nobody translated is marked as Chinese, and as left over.

    So that assistive software reads it in the right voice. For text, not for attributes.
    """
    return _in_chinese(gettext(text), Markup('<span lang="zh-Hans" class="untold">{}</span>'))


def _original(text: str) -> str:
    """A text that stays as it was written, whatever the reader's language: a note, a cell, the wording of a law."""
    return _in_chinese(text, Markup('<span lang="zh-Hans">{}</span>'))


def _cited(text: str) -> str:
    """A citation in the reader's language, or as it is written (`portal.citations`)."""
    return _original(citation(text))


def _in_chinese(text: str, mark: Markup) -> str:
    """With `mark` around each run of Chinese, or all of a text that is mostly so; a Chinese page needs none."""
    if locale().language == SOURCE or _HAN.search(text) is None:
        return text
    if sum(len(each) for each in _HAN.findall(text)) >= len(_LATIN.findall(text)):
        return mark.format(text)
    parts, at = [], 0
    for found in _HAN.finditer(text):
        parts += [escape(text[at : found.start()]), mark.format(found.group())]
        at = found.end()
    return Markup("").join([*parts, escape(text[at:])])


@cache
def _asset(name: str) -> str:
    return f"/static/{name}?v={stamp(name)}"


class _Translated(Extension):
    """Messages without values become text when a template is read, once a language, not each time it is drawn."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """`{{ _("message") }}` as the text that it stands for; anything else as it is."""
        tokens = list(stream)
        place = 0
        while place < len(tokens):
            piece = tokens[place : place + len(_MESSAGE)]
            if [each.type for each in piece] == _MESSAGE and piece[1].value == "_":
                said = plainly_said(locale().language, piece[3].value)
                yield Token(piece[0].lineno, "data", str(said))
                place += len(piece)
            else:
                yield tokens[place]
                place += 1


@cache
def _templates(_language: str) -> jinja2.Environment:
    """The templates in the language of the request, which is told so that each has its own."""
    environment = jinja2.Environment(
        extensions=[_Translated],
        loader=jinja2.PackageLoader("portal"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "count": _count,
        "day": day_told,
        "moment": _moment,
        "masked": masked_family,
        "told": gettext,
        "marked": _marked,
        "original": _original,
        "cited": _cited,
        "citation": citation,
        "named": named,
        "pieced": pieced,
    }
    environment.globals |= {
        "_": said,
        "asset": _asset,
        "languages": LANGUAGES,
        "role_titles": ROLES,
        "purpose_titles": PURPOSES,
        "rule_name": rule_name,
        "rule_title": rule_title,
    }
    return environment


def entries_of(pages: tuple[Page, ...], reader: Actor) -> list[Page]:
    """What the navigation leads the reader to; the first is where their day begins."""
    found = [each for each in pages if each.nav is not None and reader.may(each.permission)]
    return sorted(found, key=lambda each: each.nav.order if each.nav else 0)


def _navigation(pages: tuple[Page, ...], session: Session | None, path: str) -> Markup:
    """Links to what the reader may open; the one that `path` lies under is marked."""
    if session is None or session.account.must_change:
        return Markup("")
    found = entries_of(pages, session.actor)
    here = [each.path for each in found if path == each.path or (each.path != "/" and path.startswith(f"{each.path}/"))]
    entries = tuple((each.path, each.nav.title) for each in found if each.nav)
    return _drawn_navigation(locale().language, entries, frozenset(here))


@lru_cache(_MOST_KEPT)
def _drawn_navigation(_language: str, entries: tuple[tuple[str, str], ...], here: frozenset[str]) -> Markup:
    link, marked = Markup('<a href="{}">{}</a>\n'), Markup('<a href="{}" aria-current="page">{}</a>\n')
    return Markup("").join((marked if path in here else link).format(path, gettext(title)) for path, title in entries)


def render(request: Request, template: str, *, code: int = 200, **values: object) -> HTMLResponse:
    """The page that `template` draws with `values`.

    Templates always have `district`, `path`, `session` and `reader` (None for strangers), `can("permission")`,
    `csrf_field` for each form, `navigation`, `language`, `simulated_note`, `_()` and `asset("x.css")`. Where a form
    was refused, `typed(name, default, form)` is what was typed into its field.
    """
    session: Session | None = getattr(request.state, "session", None)
    proof = session.csrf if session else ""
    shared: dict[str, object] = {
        "district": request.app.state.settings.district_name,
        "path": request.url.path,
        "here": _here(request),
        "session": session,
        "reader": session.actor if session else None,
        "can": session.actor.may if session else _nothing,
        "csrf_field": Markup('<input type="hidden" name="csrf" value="{}">').format(proof),
        "navigation": _navigation(request.app.state.pages, session, request.url.path),
        "language": locale().language,
        "simulated_note": _simulated_note(request),
        "just_done": told(request),
        "typed": partial(_typed, request if code >= _REFUSED else None),
    }
    response = HTMLResponse(_templates(locale().language).get_template(template).render(shared | values), code)
    if TOLD_COOKIE in request.cookies:
        response.delete_cookie(TOLD_COOKIE, httponly=True, samesite="strict")
    return response


def _here(request: Request) -> str:
    """Where a reader comes back to: this address, or the nearest above it that is read when a form was sent here."""
    path = request.url.path
    read = {each.path for each in request.app.state.pages if "GET" in each.methods}
    form = getattr(request.scope.get("route"), "path", path)
    if form in read:
        return path + (f"?{request.url.query}" if request.url.query else "")
    while form not in read and form != "/":
        form, path = (each.rpartition("/")[0] or "/" for each in (form, path))
    return path


def _typed(refused: Request | None, name: str, default: object = "", form: str = "") -> object:
    """What was typed into a field of the refused form whose address ends with `form`; else the usual."""
    if refused is None or not refused.url.path.endswith(form):
        return default
    value = getattr(refused.state, "typed", {}).get(name, default)
    return value if isinstance(value, str) else default


def _simulated_note(request: Request) -> str:
    """What every page of a simulated installation says; looked up again after a minute."""
    state = request.app.state
    told, until = state.simulated
    if monotonic() >= until:
        told = NOTE if is_simulated(state.settings, state.engine) else ""
        state.simulated = (told, monotonic() + _NOTE_SECONDS)
    return str(told)


def _nothing(_permission: str) -> bool:
    return False
