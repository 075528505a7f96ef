"""The lineage of an edition, told to catalogues of others."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from enum import Enum
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from time import monotonic
from types import UnionType
from typing import Any, Union, get_args, get_origin
from uuid import UUID

import attr
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openlineage.client.event_v2 import RunEvent
from openlineage.client.facet_v2 import column_lineage_dataset, schema_dataset
from sqlalchemy import Engine

from editions.compute import STAGES
from registry.errors import LineageNotSentError
from registry.openlineage import lineage_events, send_lineage
from registry.queries import EditionInfo, require_edition
from schemas.settings import Settings
from schemas.tables import get_table
from tests.unit.registry.examples import JUNE, published, two_families


@pytest.fixture
def edition(engine: Engine) -> EditionInfo:
    """A published edition."""
    published(engine, two_families(), JUNE)
    return require_edition(engine)


@pytest.fixture
def catalogue() -> Iterator[tuple[str, list[Any]]]:
    """A server that takes events, as Marquez does, and what it got."""
    got: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    thread.join()
    server.server_close()


def _written(edition: EditionInfo, settings: Settings, path: Path) -> list[dict[str, Any]]:
    send_lineage(edition, settings, str(path))
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_each_stage_starts_and_completes(edition: EditionInfo, settings: Settings, tmp_path: Path) -> None:
    """The standard asks for a START and an end of each run; a catalogue would show it as running for ever."""
    events = _written(edition, settings, tmp_path / "events.jsonl")

    assert [each["eventType"] for each in events] == ["START", "COMPLETE"] * len(STAGES)
    for each in events:
        assert datetime.fromisoformat(each["eventTime"]).tzinfo is not None
        assert UUID(each["run"]["runId"])
        assert each["producer"]
        assert each["schemaURL"]
        assert each["job"]["namespace"].startswith("doudi://")
        for dataset in (*each["inputs"], *each["outputs"]):
            assert dataset["namespace"]
            assert dataset["name"].startswith(("feeds/", "edition/"))
            for facet in dataset.get("facets", {}).values():
                assert facet["_producer"]
                assert facet["_schemaURL"]


def test_columns_are_told_with_what_they_are_made_from(
    edition: EditionInfo, settings: Settings, tmp_path: Path
) -> None:
    """A catalogue can draw the way of a column, with what flows apart from what only decides."""
    events = _written(edition, settings, tmp_path / "events.jsonl")
    (families,) = next(each["outputs"] for each in events if each["job"]["name"] == "edition.families")
    lines = families["facets"]["columnLineage"]["fields"]["medical_fen"]["inputFields"]

    direct = {(each["name"], each["field"]) for each in lines if each["transformations"][0]["type"] == "DIRECT"}
    assert direct == {("edition/expenses", "out_of_pocket_fen")}
    assert ("edition/expenses", "spent_on") in {(each["name"], each["field"]) for each in lines} - direct
    assert {each["name"] for each in families["facets"]["schema"]["fields"]} == set(get_table("families").schema)


def test_equal_editions_tell_equal_events(edition: EditionInfo, settings: Settings) -> None:
    """Sending again does not make a second run in the catalogue."""
    first, second = lineage_events(edition, settings), lineage_events(edition, settings)

    assert first == second
    assert len({each.run.runId for each in first}) == len(STAGES)


def test_a_server_gets_every_event(edition: EditionInfo, settings: Settings, catalogue: tuple[str, list[Any]]) -> None:
    """The events go where such catalogues listen."""
    address, got = catalogue

    assert send_lineage(edition, settings.model_copy(update={"openlineage": address})) == 2 * len(STAGES)
    assert {path for path, _ in got} == {"/api/v1/lineage"}
    assert [each["eventType"] for _, each in got] == ["START", "COMPLETE"] * len(STAGES)


def test_nothing_is_sent_unasked(edition: EditionInfo, settings: Settings) -> None:
    """An installation that names no catalogue speaks to nobody."""
    assert send_lineage(edition, settings) == 0


@pytest.mark.parametrize("target", ["http://127.0.0.1:9", "missing/folder/events.jsonl"])
def test_what_is_not_taken_is_told(edition: EditionInfo, settings: Settings, tmp_path: Path, target: str) -> None:
    """An engineer reads what to check instead of believing that the catalogue knows."""
    place = target if target.startswith("http") else str(tmp_path / target)

    with pytest.raises(LineageNotSentError, match="DOUDI_OPENLINEAGE"):
        send_lineage(edition, settings, place)


@pytest.fixture
def hanging() -> Iterator[str]:
    """The address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_server_that_hangs_is_left_soon(edition: EditionInfo, settings: Settings, hanging: str) -> None:
    """A run would stand for minutes because of a catalogue that nobody here runs."""
    begun = monotonic()
    with pytest.raises(LineageNotSentError):
        send_lineage(edition, settings, hanging)
    assert monotonic() - begun < 10


def _whole_schema(declared: type) -> dict[str, Any]:
    """The JSON schema of a class of the client, which are generated from the published specification."""
    named: dict[str, Any] = {}
    return {**_schema_of(declared, named), "$defs": named}


def _schema_of(declared: Any, named: dict[str, Any]) -> dict[str, Any]:
    if isinstance(declared, type) and attr.has(declared):
        if declared.__name__ not in named:
            named[declared.__name__] = {}  # a field may have fields
            fields = {each.name: each for each in attr.fields(attr.resolve_types(declared))}
            named[declared.__name__] = {
                "type": "object",
                "properties": {name: _schema_of(each.type, named) for name, each in fields.items()},
                "required": sorted(name for name, each in fields.items() if each.default is attr.NOTHING),
            }
        return {"$ref": f"#/$defs/{declared.__name__}"}
    origin, inner = get_origin(declared), get_args(declared)
    if origin in {UnionType, Union}:
        return {"anyOf": [_schema_of(each, named) for each in inner]}
    if origin is list:
        return {"type": "array", "items": _schema_of(inner[0], named)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema_of(inner[1], named)}
    if isinstance(declared, type) and issubclass(declared, Enum):
        return {"enum": [each.value for each in declared]}
    plain = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
    return {"type": plain[declared]} if declared in plain else {}


_FORMATS = {
    "type": "object",
    "properties": {
        "eventTime": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"},
        "producer": {"type": "string", "pattern": r"^[a-z][a-z0-9+.-]*:"},
        "schemaURL": {"type": "string", "pattern": r"^https://openlineage\.io/spec/2-\d+-\d+/OpenLineage\.json"},
        "run": {"type": "object", "properties": {"runId": {"type": "string", "format": "uuid"}}},
    },
    "required": ["eventTime", "producer", "schemaURL", "run", "job"],
}


def _problems(event: dict[str, Any]) -> list[str]:
    """Where an event is not as the standard has it.

    No package that can be had by hash holds the published JSON schema (docs/adr/0020). Its shape is taken from the
    classes that the client's makers generate from it (names, types, what is required, enumerations); the formats that
    classes do not carry are written down above.
    """
    facets = {
        "schema": schema_dataset.SchemaDatasetFacet,
        "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet,
    }
    parts = [(RunEvent, event), *((facets[name], facet) for name, facet in _facets_of(event))]
    found = [each.message for each in Draft202012Validator(_FORMATS, format_checker=FormatChecker()).iter_errors(event)]
    return found + [
        each.message for kind, part in parts for each in Draft202012Validator(_whole_schema(kind)).iter_errors(part)
    ]


def _facets_of(event: dict[str, Any]) -> list[tuple[str, Any]]:
    return [pair for each in (*event["inputs"], *event["outputs"]) for pair in each.get("facets", {}).items()]


def test_events_are_as_the_standard_has_them(edition: EditionInfo, settings: Settings, tmp_path: Path) -> None:
    """A catalogue would refuse them, or show half of them."""
    events = _written(edition, settings, tmp_path / "events.jsonl")
    assert [problem for each in events for problem in _problems(each)] == []
    assert any(name == "columnLineage" for each in events for name, _ in _facets_of(each))


@pytest.mark.parametrize(
    "change",
    [
        lambda event: event["run"].pop("runId"),
        lambda event: event["run"].update(runId="first"),
        lambda event: event["job"].pop("namespace"),
        lambda event: event.update(eventType="ENDED"),
        lambda event: event.update(eventTime="yesterday"),
        lambda event: event["outputs"][0].pop("name"),
        lambda event: event["outputs"][0]["facets"]["schema"].update(fields=[{"type": "String"}]),
        lambda event: event["outputs"][0]["facets"]["columnLineage"].pop("fields"),
    ],
)
def test_an_event_that_is_not_is_noticed(
    edition: EditionInfo, settings: Settings, tmp_path: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    """A check that finds nothing would let any event pass."""
    event = _written(edition, settings, tmp_path / "events.jsonl")[0]
    change(event)
    assert _problems(event)
