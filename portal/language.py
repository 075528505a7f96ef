"""In which language a page speaks: Chinese, in which it is written, or English.

What belongs here: choosing the language of a request, and the catalogues `locale/<language>/LC_MESSAGES/*.po`, one for
each module or area so that they can be worked on side by side; read once, all together. Pages are written in Chinese,
so that the Chinese catalogue holds no more than what is raised as an error, in English.
"""

import gettext as standard
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from io import BytesIO

from babel.core import Locale, negotiate_locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from fastapi import Request

__all__ = ["COOKIE", "LANGUAGES", "SOURCE", "chosen", "gettext", "locale", "ngettext", "speak"]

SOURCE = "zh"
LANGUAGES = {SOURCE: "中文", "en": "English"}
COOKIE = "doudi_language"
_LOCALES = {SOURCE: "zh_Hans_CN", "en": "en_GB"}
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
    return Locale.parse(_LOCALES[_language.get()])


def gettext(message: str) -> str:
    """A message in the language of the request; what has no translation stays Chinese."""
    return _catalogue(_language.get()).gettext(message) if message else ""


def ngettext(single: str, plural: str, number: int) -> str:
    """A message about a number of things."""
    return _catalogue(_language.get()).ngettext(single, plural, number)


@cache
def _catalogue(language: str) -> standard.NullTranslations:
    whole = Catalog(locale=language)
    folder = files("portal").joinpath("locale", language, "LC_MESSAGES")
    for each in sorted(folder.iterdir(), key=lambda path: path.name):
        if each.name.endswith(".po"):
            with each.open("rb") as opened:
                for message in read_po(opened, locale=language, abort_invalid=True):
                    if message.id:
                        whole[message.id] = message
    buffer = BytesIO()
    write_mo(buffer, whole)
    buffer.seek(0)
    return standard.GNUTranslations(buffer)
