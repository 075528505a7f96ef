"""In which language a page speaks: Chinese, in which it is written, or English.

What belongs here: choosing the language of a request, and the catalogues `locale/<language>/LC_MESSAGES/*.po`, one for
each module or area so that they can be worked on side by side; read once, all together. Pages are written in Chinese,
so that the Chinese catalogue holds no more than what is raised as an error, in English.
"""

import gettext as standard
from contextvars import ContextVar
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO

from babel.core import Locale, negotiate_locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from fastapi import Request
from markupsafe import Markup, escape

from schemas.told import Told

__all__ = ["COOKIE", "LANGUAGES", "SOURCE", "chosen", "gettext", "locale", "plainly_said", "said", "speak"]

SOURCE = "zh"
LANGUAGES = {SOURCE: "中文", "en": "English"}
COOKIE = "doudi_language"
_LOCALES = {SOURCE: "zh_Hans_CN", "en": "en_GB"}
_MOST_KEPT = 4_096
_language: ContextVar[str] = ContextVar("language", default=SOURCE)


def chosen(request: Request) -> str:
    """The language that the reader chose, else the first of the browser's that we speak, else Chinese."""
    kept = request.cookies.get(COOKIE, "")
    if kept in LANGUAGES:
        return kept
    asked = [each.partition(";")[0].strip() for each in request.headers.get("accept-language", "").split(",")]
    return negotiate_locale(asked, list(LANGUAGES), sep="-") or next(
        (each.partition("-")[0] for each in asked if each.partition("-")[0] in LANGUAGES), SOURCE
    )


def speak(language: str) -> None:
    """Let everything of the current request be told in `language`."""
    _language.set(language)


def locale() -> Locale:
    """By which numbers and dates of the current request are written."""
    return _locale(_language.get())


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(_LOCALES[language])


def gettext(message: str) -> str:
    """A message, or what was made of one, in the language of the request; what has no translation stays Chinese."""
    if isinstance(message, Told):
        return message.said(gettext) if message.isascii() or _language.get() != SOURCE else str(message)
    return _catalogue(_language.get()).gettext(message) if message else ""


def said(message: str, /, **values: object) -> Markup:
    """A message of a template in the language of the request, as markup: all of it is escaped, no message has markup.

    Where the language has another form for one than for several, the first of the values says how many.
    """
    language = _language.get()
    if isinstance(message, Told):
        return escape(gettext(message))
    told = {name: gettext(each) if isinstance(each, Told) else each for name, each in values.items()}
    if not told:  # it may be somebody's text, which is neither kept nor has values to put in
        return escape(gettext(message).replace("%%", "%"))
    if message in _counting(language):
        return _counted(language, message, one=str(next(iter(values.values()))) == "1") % told
    return _marked(language, message) % told


@lru_cache(_MOST_KEPT)
def plainly_said(language: str, message: str) -> Markup:
    """A message without values in a language; a doubled percent sign in it stands for one, as in the others."""
    return _marked(language, message) % {}


@lru_cache(_MOST_KEPT)
def _marked(language: str, message: str) -> Markup:
    return escape(_catalogue(language).gettext(message) if message else "")


@lru_cache(_MOST_KEPT)
def _counted(language: str, message: str, *, one: bool) -> Markup:
    return escape(_catalogue(language).ngettext(message, message, 1 if one else 2))


@cache
def _counting(language: str) -> frozenset[str]:
    """The messages that are said in another way of one than of several."""
    return frozenset(each.id[0] for each in _messages(language) if each.pluralizable)


@cache
def _catalogue(language: str) -> standard.NullTranslations:
    buffer = BytesIO()
    write_mo(buffer, _messages(language))
    buffer.seek(0)
    return standard.GNUTranslations(buffer)


@cache
def _messages(language: str) -> Catalog:
    whole = Catalog(locale=language)
    folder = files("portal").joinpath("locale", language, "LC_MESSAGES")
    for each in sorted(folder.iterdir(), key=lambda path: path.name):
        if each.name.endswith(".po"):
            with each.open("rb") as opened:
                for message in read_po(opened, locale=language, abort_invalid=True):
                    if message.id:
                        whole[message.id] = message
    return whole
