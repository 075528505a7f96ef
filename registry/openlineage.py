"""The lineage of an edition as OpenLineage events, for catalogues that speak that standard (openlineage.io).

What belongs here: one START and one COMPLETE event a stage, with the columns of its tables and what each is made from,
and sending them to a file or an endpoint. Names of tables and columns only; no row, key or count of anybody.
"""

from collections.abc import Iterable
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, UUID, uuid5

from editions.compute import STAGES, Stage
from editions.lineage import FEED, Lineage, edition_lineage
from editions.lineage_words import column_title
from editions.plan_columns import Cell, Column
from registry.errors import LineageNotSentError
from registry.queries import EditionInfo
from schemas.contract import all_feeds
from schemas.settings import Settings
from schemas.tables import get_table

if TYPE_CHECKING:
    from openlineage.client.event_v2 import InputDataset, OutputDataset, RunEvent
    from openlineage.client.facet_v2 import DatasetFacet
    from openlineage.client.transport import Transport

__all__ = ["lineage_events", "send_lineage"]

_PRODUCER = "urn:doudi"
_HTTP = ("http://", "https://")
_ANSWER_SECONDS = 3.0  # for one event
_WHOLE_SECONDS = 30.0  # for all events of an edition


def lineage_events(edition: EditionInfo, settings: Settings) -> "list[RunEvent]":
    """The events of every stage of a published edition, in order; equal for equal editions."""
    from openlineage.client.event_v2 import Job, Run, RunEvent, RunState  # noqa: PLC0415  # slow to import

    space = f"doudi://{settings.district_code}"
    lineage = edition_lineage(edition.as_of)
    events = []
    for stage in STAGES:
        run = Run(runId=str(_run_id(edition, stage)))
        job = Job(namespace=space, name=f"edition.{stage.name}")
        inputs, outputs = _inputs(stage, lineage, space), _outputs(stage, lineage, space)
        for state, at in ((RunState.START, edition.created_at), (RunState.COMPLETE, edition.published_at)):
            event = RunEvent(
                eventTime=_told(at),
                producer=_PRODUCER,
                run=run,
                job=job,
                eventType=state,
                inputs=inputs,
                outputs=outputs,
            )
            events.append(event)
    return events


def send_lineage(edition: EditionInfo, settings: Settings, target: str = "") -> int:
    """Send the events to `target`, else to the installation's; how many. Nothing is sent without either.

    Call it with no lock held: a server may be slow. Raises `LineageNotSentError` when the file or the endpoint does
    not take them in time.
    """
    place = target or settings.openlineage
    if not place:
        return 0
    from openlineage.client import OpenLineageClient  # noqa: PLC0415  # slow to import

    events = lineage_events(edition, settings)
    try:
        client = OpenLineageClient(transport=_transport(place))
        until = monotonic() + _WHOLE_SECONDS
        for each in events:
            if monotonic() > until:
                raise TimeoutError
            client.emit(each)
        client.close()
    except (OSError, RuntimeError) as error:  # what requests and files raise
        raise LineageNotSentError(
            f"the lineage of edition {edition.edition_id} was not sent ({type(error).__name__}); "
            "check DOUDI_OPENLINEAGE: a file that can be written, or the address of a server that answers"
        ) from None
    return len(events)


def _transport(place: str) -> "Transport":
    from openlineage.client.transport.file import FileConfig, FileTransport  # noqa: PLC0415  # slow to import
    from openlineage.client.transport.http import HttpConfig, HttpTransport  # noqa: PLC0415

    if place.startswith(_HTTP):
        return HttpTransport(HttpConfig(url=place, timeout=_ANSWER_SECONDS, retry={"total": 0}))
    return FileTransport(FileConfig(log_file_path=place, append=True))


def _run_id(edition: EditionInfo, stage: Stage) -> UUID:
    return uuid5(NAMESPACE_URL, f"{_PRODUCER}/{edition.edition_id}/{stage.name}")


def _told(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


def _inputs(stage: Stage, lineage: Lineage, space: str) -> "list[InputDataset]":
    from openlineage.client.event_v2 import InputDataset  # noqa: PLC0415  # slow to import

    read = {table for _, cell in _cells(stage, lineage) for table, _ in cell.all}
    return [InputDataset(namespace=space, name=_name(each)) for each in sorted(read)]


def _outputs(stage: Stage, lineage: Lineage, space: str) -> "list[OutputDataset]":
    from openlineage.client.event_v2 import OutputDataset  # noqa: PLC0415  # slow to import

    return [
        OutputDataset(namespace=space, name=_name(table), facets=_facets(table, lineage, space))
        for table in stage.tables
    ]


def _cells(stage: Stage, lineage: Lineage) -> Iterable[tuple[Column, Cell]]:
    return ((column, cell) for column, cell in lineage.cells.items() if column[0] in stage.tables)


def _facets(table: str, lineage: Lineage, space: str) -> "dict[str, DatasetFacet]":
    from openlineage.client.facet_v2 import column_lineage_dataset as lines  # noqa: PLC0415  # slow to import
    from openlineage.client.facet_v2 import schema_dataset as shape  # noqa: PLC0415

    def fields(column: Column) -> lines.Fields:
        cell = lineage.cells[column]
        found = [(each, lines.Transformation(type="DIRECT")) for each in sorted(cell.value)]
        found += [(each, lines.Transformation(type="INDIRECT")) for each in sorted(cell.influence)]
        return lines.Fields(
            inputFields=[
                lines.InputField(namespace=space, name=_name(source), field=name, transformations=[how])
                for (source, name), how in found
            ]
        )

    columns = [(table, name) for name in get_table(table).schema if (table, name) in lineage.cells]
    described = [
        shape.SchemaDatasetFacetFields(
            name=name, type=str(get_table(table).schema[name]), description=column_title((table, name))
        )
        for table, name in columns
    ]
    return {
        "schema": shape.SchemaDatasetFacet(fields=described, producer=_PRODUCER),
        "columnLineage": lines.ColumnLineageDatasetFacet(
            fields={name: fields((table, name)) for _, name in columns}, producer=_PRODUCER
        ),
    }


def _name(table: str) -> str:
    """The data set of a table: deliveries and what an edition makes lie in folders of their own."""
    feed = table.removeprefix(FEED)
    return f"feeds/{feed}" if feed in all_feeds() and table != feed else f"edition/{table}"
