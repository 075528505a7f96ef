"""What a page of things to do was asked for, kept by its forms so that the answer shows the same page again.

What belongs here: the filters of a page in its address, and in hidden fields of what is sent from it.
"""

from typing import ClassVar, Self
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import FormData

__all__ = ["Asked"]

_SENT = "asked."


class Asked(BaseModel):
    """The filters of the page at `PATH`, in text; unknown names are refused here, unknown words by what is asked."""

    model_config = ConfigDict(extra="forbid")

    PATH: ClassVar[str]

    page: int = Field(default=1, ge=1, le=10_000)

    def address(self, number: int) -> str:
        """Of a page of the same."""
        return f"{self.PATH}?{urlencode({**self._chosen(), 'page': number})}"

    def hidden(self) -> dict[str, object]:
        """The same as fields of a form, by name."""
        return {f"{_SENT}{name}": value for name, value in self._chosen().items()}

    @classmethod
    def sent(cls, posted: FormData) -> Self:
        """What the page that sent the form was asked for; without filters when they are not such words."""
        given = {name.removeprefix(_SENT): str(value) for name, value in posted.items() if name.startswith(_SENT)}
        try:
            return cls.model_validate(given)
        except ValidationError:
            return cls()

    def _chosen(self) -> dict[str, object]:
        """What differs from what is asked for by nobody."""
        return self.model_dump(exclude_defaults=True)
