"""Sentences that know how they were made, so that they can be said in another language.

What belongs here: `Told`, a text in Chinese with the message and the values that it was made of, `Listed`, several of
them in a row, and `Words` and `Kept`, the types of such fields. In which language they are read is the reader's to say
(`portal.language`).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Self, TypeAlias

from pydantic import BeforeValidator, PlainSerializer, WrapValidator

__all__ = ["Kept", "Listed", "Told", "Words", "kept", "told_of"]


class Told(str):
    """A text in Chinese, made of a `message` with named place-holders and the `values` in their places.

    A value that is a text is itself a message: a title, a word, or another `Told`; where nobody translates it, it
    stays. Everything else is written as `str` writes it. A message without values is taken as it is; in one with values
    a percent sign is doubled.
    """

    __slots__ = ("message", "values")

    message: str
    values: Mapping[str, object]

    def __new__(cls, message: str, /, **values: object) -> Self:
        """The text, with what it was made of."""
        made = super().__new__(cls, message % values if values else message)
        made.message = message
        made.values = values
        return made

    def said(self, translate: Callable[[str], str]) -> str:
        """The text in the language of `translate`, which knows messages."""
        text = translate(self.message)
        return text % {name: _said(each, translate) for name, each in self.values.items()} if self.values else text

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, object]]:
        """As it was made, for copies."""
        return (self.message,), dict(self.values)


class Listed(Told):
    """Texts in a row, between each two of them a `separator`, which is a message too."""

    __slots__ = ("parts", "separator")

    parts: tuple[str, ...]
    separator: str

    def __new__(cls, parts: Iterable[str], separator: str = "，") -> Self:
        """The texts in a row; those that are empty are left out."""
        held = tuple(each for each in parts if each)
        made = str.__new__(cls, separator.join(held))
        made.message, made.values = str(made), {}
        made.parts, made.separator = held, separator
        return made

    def said(self, translate: Callable[[str], str]) -> str:
        """The parts in the language of `translate`."""
        return translate(self.separator).join(_said(each, translate) for each in self.parts)

    def __getnewargs_ex__(self) -> tuple[tuple[tuple[str, ...], str], dict[str, object]]:  # type: ignore[override]
        """As it was made, for copies."""
        return (self.parts, self.separator), {}


def _said(value: object, translate: Callable[[str], str]) -> str:
    if isinstance(value, Told):
        return value.said(translate)
    return translate(value) if isinstance(value, str) and value else str(value)


def kept(text: object) -> Any:
    """A text as JSON that keeps how it was made; what is no `Told` is taken as it is."""
    match text:
        case Listed():
            return {"parts": [kept(each) for each in text.parts], "separator": text.separator}
        case Told():
            return {"message": text.message, "values": {name: kept(each) for name, each in text.values.items()}}
    return text if isinstance(text, (str, int)) else str(text)


def told_of(held: Any) -> Any:
    """The text of which `held` is the JSON (`kept`); anything else is taken as it is."""
    match held:
        case {"parts": list(parts), "separator": str(separator)}:
            return Listed(map(told_of, parts), separator)
        case {"message": str(message), "values": dict(values)}:
            return Told(message, **{name: told_of(each) for name, each in values.items()})
    return held


def _as_made(value: object, plain: Callable[[object], str]) -> Any:
    return value if isinstance(value, Told) else plain(value)


Words: TypeAlias = Annotated[str, WrapValidator(_as_made)]
"""A text of a model that stays a `Told` where it is one; to programs it is the text in Chinese."""

Kept: TypeAlias = Annotated[Words, BeforeValidator(told_of), PlainSerializer(kept)]
"""The same, kept with what it was made of."""
