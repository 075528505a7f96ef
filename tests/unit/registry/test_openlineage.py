"""The lineage of an edition, told to catalogues of others."""

import copy
import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine

from editions.compute import STAGES
from registry.engine import make_engine, migrate
from registry.errors import LineageNotSentError
from registry.openlineage import lineage_events, send_lineage
from registry.queries import EditionInfo, require_edition
from schemas.settings import Settings
from schemas.tables import get_table
from tests.unit.registry.event_schema import AGREED, named_schemas, problems, published_problems
from tests.unit.registry.examples import JUNE, published, two_families


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> EditionInfo:
    """A published edition."""
    registry = make_engine(_settings(tmp_path_factory.mktemp("edition")))
    migrate(registry)
    published(registry, two_families(), JUNE)
    found = require_edition(registry)
    registry.dispose()
    return found


@pytest.fixture(scope="module")
def told(edition: EditionInfo, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Its events, as a catalogue gets them; who changes one copies it first."""
    folder = tmp_path_factory.mktemp("told")
    return _written(edition, _settings(folder), folder / "events.jsonl")


def _settings(folder: Path) -> Settings:
    return Settings(home=folder / "home", database_url="", identity_key="5e" * 32)


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


def test_each_stage_starts_and_completes(engine: Engine, settings: Settings, tmp_path: Path) -> None:
    """The standard asks for a START and an end of each run; a catalogue would show it as running for ever."""
    published(engine, two_families(), JUNE)
    events = _written(require_edition(engine), settings, tmp_path / "events.jsonl")

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


def test_columns_are_told_with_what_they_are_made_from(told: list[dict[str, Any]]) -> None:
    """A catalogue can draw the way of a column, with what flows apart from what only decides."""
    (families,) = next(each["outputs"] for each in told if each["job"]["name"] == "edition.families")
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


def test_events_are_as_the_standard_has_them(told: list[dict[str, Any]]) -> None:
    """A catalogue would refuse them, or show half of them."""
    assert [problem for each in told for problem in problems(each)] == []
    assert [problem for each in told for problem in published_problems(each) or ()] == []


def test_events_follow_the_texts_that_were_looked_at(told: list[dict[str, Any]]) -> None:
    """A new client would speak of a newer standard, and nobody would have held our events against it."""
    assert set().union(*map(named_schemas, told)) == AGREED, "do again what docs/adr/0020 says, then add it there"


@pytest.mark.parametrize(
    "change",
    [
        lambda event: event.pop("eventTime"),
        lambda event: event.pop("producer"),
        lambda event: event.pop("schemaURL"),
        lambda event: event.pop("run"),
        lambda event: event.pop("job"),
        lambda event: event["run"].pop("runId"),
        lambda event: event["run"].update(runId="first"),
        lambda event: event["run"]["facets"]["tags"].pop("_producer"),
        lambda event: event["job"].pop("namespace"),
        lambda event: event["job"].pop("name"),
        lambda event: event.update(eventType="ENDED"),
        lambda event: event.update(eventTime="yesterday"),
        lambda event: event.update(eventTime="2026-06-30"),
        lambda event: event.update(eventTime="2026-06-30T12:00:00"),
        lambda event: event.update(producer="doudi"),
        lambda event: event["inputs"][0].pop("namespace"),
        lambda event: event["outputs"][0].pop("name"),
        lambda event: event["outputs"][0]["facets"].update(schema={}),
        lambda event: event["outputs"][0]["facets"].update(own={"of": "ours"}),
        lambda event: event["outputs"][0]["facets"]["schema"].update(fields=[{"type": "String"}]),
        lambda event: event["outputs"][0]["facets"]["schema"].pop("_schemaURL"),
        lambda event: event["outputs"][0]["facets"]["schema"].update(_producer="doudi"),
        lambda event: event["outputs"][0]["facets"]["columnLineage"].pop("fields"),
        lambda event: event["outputs"][0]["facets"]["columnLineage"].update(fields={"basis": {}}),
        lambda event: event["outputs"][0]["facets"]["columnLineage"].update(
            fields={"basis": {"inputFields": [{"namespace": "n", "name": "t"}]}}
        ),
    ],
)
def test_an_event_that_is_not_is_noticed(
    told: list[dict[str, Any]], change: Callable[[dict[str, Any]], object]
) -> None:
    """A check that finds nothing would let any event pass."""
    event = copy.deepcopy(told[0])
    change(event)
    assert problems(event)
    assert published_problems(event) != []


@pytest.mark.parametrize("wrong", [None, 5, ["x"]])
def test_nothing_of_another_kind_passes_anywhere(told: list[dict[str, Any]], wrong: object) -> None:
    """A null or a number where the standard has text would be stored by one catalogue and refused by another."""
    event = _small(copy.deepcopy(told[-1]))
    passed = []
    for place in _places(event):
        spoiled = copy.deepcopy(event)
        _at(spoiled, place[:-1])[place[-1]] = wrong
        if not problems(spoiled) or published_problems(spoiled) == []:
            passed.append(place)
    assert passed == []


def _small(event: dict[str, Any]) -> dict[str, Any]:
    """One input and one output, with one column each: what is the same a hundred times is looked at once."""
    event = event | {"inputs": event["inputs"][:1], "outputs": event["outputs"][:1]}
    facets = event["outputs"][0]["facets"]
    facets["schema"]["fields"] = facets["schema"]["fields"][:1]
    name, lines = next((name, each) for name, each in facets["columnLineage"]["fields"].items() if each["inputFields"])
    facets["columnLineage"]["fields"] = {name: lines | {"inputFields": lines["inputFields"][:1]}}
    return event


def _places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything in an event."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inner:
        yield (*above, name)
        yield from _places(each, (*above, name))


def _at(value: Any, place: tuple[Any, ...]) -> Any:
    for each in place:
        value = value[each]
    return value
