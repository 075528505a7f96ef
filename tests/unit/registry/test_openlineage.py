"""The lineage of an edition, told to catalogues of others."""

import json
import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
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
