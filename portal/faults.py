"""Why something was not done, in the reader's language.

What belongs here: the sentence of an error for pages. Commands print the error as it is, in English; pages look its
text up among the messages, `locale/<language>/LC_MESSAGES/*.po`, and put its values in.
"""

from portal.language import gettext
from schemas.errors import DoudiError

__all__ = ["said"]


def said(error: DoudiError) -> str:
    """The sentence of `error`; one without a translation stays in the language in which it was raised."""
    text = gettext(error.template)
    if not error.values:
        return text
    told = {name: gettext(each) if isinstance(each, str) else each for name, each in error.values.items()}
    return text % told
