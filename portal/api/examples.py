"""Examples for the description of the API: generated from the shapes, and recognisable as examples.

What belongs here: one value for each kind of field. The people never were, as in `schemas.examples`.
"""

from collections.abc import Mapping
from typing import Any

from schemas.codes import CODE_LISTS
from schemas.columns import Kind
from schemas.contract import get_feed
from schemas.examples import example_rows

__all__ = ["example_of"]

_FEED = get_feed("temporary_assistance")
_ROW = dict(zip([each.name for each in _FEED.columns], example_rows(_FEED)[0], strict=True))
_NAME = str(next(_ROW[each.name] for each in _FEED.columns if each.kind is Kind.NAME))
_STREET = CODE_LISTS["street"].codes[0]
_HASH, _ID, _CASE = "9f" * 32, "5e" * 8, "5e" * 12

_TEXTS: Mapping[str, str] = {
    "family_id": "H:330108001001",
    "person_key": "00" * 12,
    "head_name": _NAME,
    "name": _NAME,
    "person": f"{_NAME[0]}**",
    "phone": "13900000000",
    "address": "示例路1号",
    "street": _STREET,
    "street_code": _STREET,
    "street_before": _STREET,
    "street_after": _STREET,
    "community": CODE_LISTS["community"].codes[0],
    "community_code": CODE_LISTS["community"].codes[0],
    "layer": "extended",
    "tier": "yellow",
    "urgency": "yellow",
    "status": "listed",
    "income_evidence": "partial",
    "audience": "need",
    "group": "temporary_assistance",
    "groups": "temporary_assistance",
    "classes": "illness",
    "rule_id": "high_inpatient_cost",
    "rules": "high_inpatient_cost",
    "rule": "high_inpatient_cost",
    "ground": "temporary_assistance",
    "state": "assigned",
    "means": "home",
    "contact": "reached",
    "outcome": "true_include",
    "answer": "yes",
    "reason": "workload",
    "to": "community.worker",
    "owner": "community.worker",
    "assignee": "community.worker",
    "visited_by": "community.worker",
    "actor": "street.staff",
    "subject": "H:330108001001",
    "keyword": _NAME,
    "purpose": "visits",
    "format": "xlsx",
    "feed": _FEED.name,
    "feed_title": _FEED.title,
    "department": _FEED.department,
    "month": "2026-06",
    "sender": "street",
    "file_name": "street.csv",
    "before": "2026-05-31",
    "after": "latest",
    "edition_id": _ID,
    "case_id": _CASE,
    "warning_id": _ID,
    "exit_id": _ID,
    "objection_id": _ID,
    "follow_up_id": _ID,
    "delivery_id": _ID,
    "model_id": _ID,
    "photos": "/9j/2Q==",
    "mark": "2026-06-30:120",
    "next": "/api/v1/families?as_of=2026-06-30&mark=2026-06-30%3A120&page=2",
    "proposed_groups": "temporary_assistance",
    "concluded_by": "community.worker",
    "closed_by": "street.staff",
    "recorded_by": "street.staff",
}
_NUMBERS: Mapping[str, int] = {"amount_fen": 120_050, "income_fen": 4_000_000, "score": 1200, "page": 1, "size": 50}
_DAY, _MOMENT = "2026-06-30", "2026-07-03T01:30:00Z"
_DEEPEST = 12


def example_of(schema: Mapping[str, Any], shapes: Mapping[str, Any], name: str = "", depth: int = 0) -> Any:
    """A value that is as `schema` says; `shapes` are those that it refers to, `name` is that of the field."""
    if "$ref" in schema:
        return example_of(shapes[schema["$ref"].rpartition("/")[2]], shapes, name, depth + 1)
    if "anyOf" in schema:
        told = [each for each in schema["anyOf"] if each.get("type") != "null"]
        return example_of(told[0], shapes, name, depth)
    if schema.get("enum"):
        own = _TEXTS.get(name)
        return own if own in schema["enum"] else next(each for each in schema["enum"] if each != "")
    if schema.get("type") == "array":
        return [] if depth > _DEEPEST else [example_of(schema["items"], shapes, name, depth + 1)]
    return _object(schema, shapes, depth) if schema.get("type") == "object" else _plain(schema, name)


def _object(schema: Mapping[str, Any], shapes: Mapping[str, Any], depth: int) -> dict[str, Any]:
    """With all its fields; one whose fields have no names of their own has one, with an id for a name."""
    named = {field: example_of(each, shapes, field, depth + 1) for field, each in schema.get("properties", {}).items()}
    more = next(iter(schema.get("patternProperties", {}).values()), schema.get("additionalProperties"))
    if not named and isinstance(more, Mapping) and depth <= _DEEPEST:
        return {_ID: example_of(more, shapes, "answer", depth + 1)}
    return named


def _plain(schema: Mapping[str, Any], name: str) -> Any:
    match schema.get("type"):
        case "boolean":
            return bool(schema.get("default", False))
        case "number":
            return 0.5
        case "string":
            return schema.get("const") or _text(schema, name)
    return _NUMBERS.get(name, 1)


def _text(schema: Mapping[str, Any], name: str) -> str:
    match schema.get("format"):
        case "date":
            return _DAY
        case "date-time":
            return _MOMENT
    if name.endswith(("hash", "sha256", "digest")):
        return _HASH
    found = _TEXTS.get(name, schema.get("default", "示例"))
    return str(found)
