"""What an OpenLineage event has to look like: a JSON schema derived from the client's classes.

What belongs here: the derivation, and holding an event against it. Which published texts agreed with it, and when,
stands in docs/adr/0020. With `DOUDI_OPENLINEAGE_SPEC`, a folder of the published files, events are held against those
too.
"""

import json
import os
import re
from datetime import datetime
from enum import Enum
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import attr
from jsonschema import Draft202012Validator, FormatChecker
from openlineage.client.event_v2 import RunEvent
from openlineage.client.facet_v2 import column_lineage_dataset, schema_dataset, tags_run
from referencing import Registry, Resource

__all__ = ["AGREED", "named_schemas", "problems", "published_problems"]

_SPEC = "https://openlineage.io/spec"
AGREED = {
    f"{_SPEC}/2-0-2/OpenLineage.json",
    f"{_SPEC}/facets/1-0-0/TagsRunFacet.json",
    f"{_SPEC}/facets/1-2-0/ColumnLineageDatasetFacet.json",
    f"{_SPEC}/facets/1-2-0/SchemaDatasetFacet.json",
}
"""The published texts that events and spoiled events were held against, beside the derived schema (docs/adr/0020)."""

_FACETS = {
    "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet,
    "schema": schema_dataset.SchemaDatasetFacet,
    "tags": tags_run.TagsRunFacet,
}
_URI = {"type": "string", "format": "uri"}
_CHECKER = FormatChecker(formats=("uuid",))
_FORMATS: dict[str, dict[str, Any]] = {
    "eventTime": {"type": "string", "format": "date-time"},
    "runId": {"type": "string", "format": "uuid"},
    "producer": _URI,
    "schemaURL": _URI,
    "_producer": _URI,
    "_schemaURL": _URI,
}
"""What the published schema says of these and classes cannot."""
_SET_BY_THE_CLIENT = {"producer", "schemaURL", "_producer", "_schemaURL"}
_PLAIN = {str: "string", bool: "boolean", int: "integer", float: "number"}


def _instant(value: object) -> bool:
    """A day, a time and an offset, as RFC 3339 has them."""
    return not isinstance(value, str) or ("T" in value and datetime.fromisoformat(value).tzinfo is not None)


def _uri(value: object) -> bool:
    """A scheme and something after it, without blanks, as RFC 3986 has them."""
    return not isinstance(value, str) or re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+", value) is not None


_CHECKER.checks("date-time", raises=ValueError)(_instant)
_CHECKER.checks("uri")(_uri)


def problems(event: dict[str, Any]) -> list[str]:
    """Where an event is not as the standard has it: its shape, then that of each facet by its own class."""
    parts = [(RunEvent, event), *((_FACETS[name], facet) for name, facet in _facets(event) if name in _FACETS)]
    return [error.message for kind, part in parts for error in _validator(kind).iter_errors(part)]


def named_schemas(event: dict[str, Any]) -> set[str]:
    """The schemas that an event and its facets say they follow, without the part."""
    named = [event["schemaURL"], *(facet["_schemaURL"] for _, facet in _facets(event))]
    return {each.partition("#")[0] for each in named}


def published_problems(event: dict[str, Any]) -> list[str] | None:
    """What the published texts find, where they are at hand; None where they are not."""
    folder = os.environ.get("DOUDI_OPENLINEAGE_SPEC")
    if not folder:
        return None
    texts = [json.loads(each.read_text(encoding="utf-8")) for each in sorted(Path(folder).glob("*.json"))]
    registry = Registry().with_resources([(each["$id"], Resource.from_contents(each)) for each in texts])
    places = {each["$id"].rpartition("/")[2].removesuffix(".json"): each["$id"] for each in texts}
    parts = [(f"{places['OpenLineage']}#/$defs/RunEvent", event)]
    parts += [
        (f"{places[_FACETS[name].__name__]}#/$defs/{_FACETS[name].__name__}", facet)
        for name, facet in _facets(event)
        if name in _FACETS
    ]
    found = []
    for place, part in parts:
        validator = Draft202012Validator({"$ref": place}, registry=registry, format_checker=_CHECKER)
        found += [each.message for each in validator.iter_errors(part)]
    return found


def _facets(event: dict[str, Any]) -> list[tuple[str, Any]]:
    """The facets of an event by name, of its run and of its data sets; a spoiled event may have odd ones."""
    owners = [event.get("run"), *_objects(event.get("inputs")), *_objects(event.get("outputs"))]
    held = [each.get("facets") for each in owners if isinstance(each, dict)]
    return [pair for each in held if isinstance(each, dict) for pair in each.items()]


def _objects(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


@cache
def _validator(declared: type) -> Draft202012Validator:
    named: dict[str, Any] = {}
    schema = {**_schema_of(declared, named), "$defs": named}
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=_CHECKER)


def _schema_of(declared: Any, named: dict[str, Any]) -> dict[str, Any]:
    if isinstance(declared, type) and attr.has(declared):
        if declared.__name__ not in named:
            named[declared.__name__] = {}  # a field may have fields
            named[declared.__name__] = _object(declared, named)
        return {"$ref": f"#/$defs/{declared.__name__}"}
    origin, inner = get_origin(declared), get_args(declared)
    if origin in {UnionType, Union}:  # what may be left out; the published schemas know no null
        (given,) = (each for each in inner if each is not type(None))
        return _schema_of(given, named)
    if origin is list:
        return {"type": "array", "items": _schema_of(inner[0], named)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema_of(inner[1], named)}
    if isinstance(declared, type) and issubclass(declared, Enum):
        return {"enum": [each.value for each in declared]}
    return {"type": _PLAIN[declared]}


def _object(declared: type, named: dict[str, Any]) -> dict[str, Any]:
    fields = {each.name: each for each in attr.fields(attr.resolve_types(declared))}
    required = {name for name, each in fields.items() if each.default is attr.NOTHING}
    return {
        "type": "object",
        "properties": {name: _FORMATS.get(name) or _schema_of(each.type, named) for name, each in fields.items()},
        "required": sorted(required | (_SET_BY_THE_CLIENT & fields.keys())),
    }
