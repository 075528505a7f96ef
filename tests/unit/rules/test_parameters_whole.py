"""All parameters as one text: what is read back is what was written."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from rules.errors import ParameterError
from rules.parameters import load_parameters
from rules.parameters.model import TYPES, DatedValue, Parameter, Parameters
from rules.parameters.whole import read_whole, whole_text

_BROKEN: dict[str, Callable[[dict[str, Any]], object]] = {
    "no parameters": lambda whole: whole.pop("parameters"),
    "no overlaid": lambda whole: whole.pop("overlaid"),
    "an entry that is none": lambda whole: whole["parameters"].update({"a.b": 5}),
    "another type": lambda whole: _entry(whole).update(type="money"),
    "no citation": lambda whole: _value(whole).pop("citation"),
    "a value of another type": lambda whole: _value(whole).update(value="12"),
    "a day that does not exist": lambda whole: _entry(whole).update(last_reviewed="2026-02-30"),
}


def _entry(whole: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = whole["parameters"]["temporary_assistance.window_months"]
    return entry


def _value(whole: dict[str, Any]) -> dict[str, Any]:
    value: dict[str, Any] = _entry(whole)["values"]["2021-01-01"]
    return value


def test_every_shipped_parameter_comes_back_whole() -> None:
    """If this fails, an edition is recomputed with another value, limit or citation than it was made with."""
    shipped = load_parameters()
    found = read_whole(whole_text(shipped), "kept")
    assert {each.type for each in shipped.by_name.values()} == {*TYPES}
    assert (found, found.digest) == (shipped, shipped.digest)


def test_overlays_stay_overlays() -> None:
    """If this fails, a local value is told as one that was shipped."""
    own = load_parameters().replacing({"temporary_assistance.window_months": 3})
    found = read_whole(whole_text(own), "kept")
    assert (found, found.overlaid) == (own, ("temporary_assistance.window_months",))


@pytest.mark.parametrize("change", _BROKEN.values(), ids=_BROKEN)
def test_what_is_not_whole_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    """If this fails, a damaged file ends in a traceback, or in an edition with other values."""
    whole = json.loads(whole_text(load_parameters()))
    change(whole)
    with pytest.raises(ParameterError, match=r"kept|window_months"):
        read_whole(json.dumps(whole), "kept")
    with pytest.raises(ParameterError, match="kept"):
        read_whole(json.dumps(whole)[:-5], "kept")


_TEXT = """{
 "overlaid": [
  "a.b"
 ],
 "parameters": {
  "a.b": {
   "choices": [
    "滨江",
    "西兴"
   ],
   "description": "x",
   "last_reviewed": "2026-01-01",
   "status": "local",
   "title": "甲",
   "type": "text",
   "unit": "name",
   "values": {
    "2021-01-01": {
     "citation": "甲号文",
     "value": "滨江"
    }
   }
  }
 }
}
"""


def test_the_text_stays_as_it_is() -> None:
    """If this fails, equal parameters give another text than they did, and editions of one law seem to differ."""
    one = Parameter(
        name="a.b", title="甲", description="x", type="text", unit="name", status="local",
        last_reviewed=date(2026, 1, 1), values=(DatedValue(date(2021, 1, 1), "滨江", "甲号文"),),
        choices=("滨江", "西兴"),
    )  # fmt: skip
    whole = Parameters({"a.b": one}, ("a.b",))
    assert whole_text(whole) == _TEXT
    assert read_whole(_TEXT, "kept") == whole
