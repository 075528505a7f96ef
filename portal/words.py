"""What rules and codes are called in the reader's language.

What belongs here: titles that stand with their declaration, in Chinese, and how pages tell them. Citations are taken
apart in `portal.citations`.
"""

import re

from portal.language import SOURCE, gettext, locale
from rules import all_rules
from rules.base import Rule
from schemas.codes import CODE_LISTS

__all__ = ["named", "pieced", "rule_name", "rule_title", "street_name"]

_BETWEEN = re.compile("(、|；|：| · )")
_POINTS = re.compile(r"(.+)\((\d+)分\)")
_UNKNOWN_STREET = "街道不明"


def named(title: str, name: str) -> str:
    """A declared title, in English its translation, or else the identifier, which is the field's English term."""
    if locale().language == SOURCE:
        return title
    translated = gettext(title)
    return translated if translated != title else name.rpartition(".")[2].replace("_", " ").capitalize()


def pieced(text: str) -> str:
    """Titles that were put in a row before they were kept, each in the reader's language."""
    if locale().language == SOURCE:
        return text
    return "".join(_piece(each) for each in _BETWEEN.split(text))


def _piece(text: str) -> str:
    points = _POINTS.fullmatch(text)
    if points is None:
        return gettext(text)
    return gettext("%(what)s（%(points)s 分）") % {"what": gettext(points[1]), "points": points[2]}


def rule_title(rule: Rule) -> str:
    """The title of a rule, of which each has two."""
    return rule.title if locale().language == SOURCE else rule.title_en


def rule_name(rule_id: str) -> str:
    """The title of a rule by its id; one of an old edition that is no more stays visible as its id."""
    rules = all_rules()
    return rule_title(rules[rule_id]) if rule_id in rules else rule_id


def street_name(code: str | None) -> str:
    """The title of a street; without a code that it is not known."""
    labels = CODE_LISTS["street"].labels
    return gettext(labels[code][0]) if code and code in labels else code or gettext(_UNKNOWN_STREET)
