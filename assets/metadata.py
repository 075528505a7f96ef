"""Typed metadata of assets and checks: counts, schemas, small tables and bars. Never a person's data.

What belongs here: how a schema or a count is shown in Dagster. What is counted stands with the asset.
"""

import base64
from collections.abc import Mapping, Sequence
from html import escape

import dagster as dg

from schemas.contract import Feed
from schemas.tables import Table

__all__ = ["bars", "counts_table", "feed_schema", "records", "table_schema"]

_BAR_HEIGHT, _BAR_ROOM, _LABEL_ROOM, _NUMBER_ROOM = 18, 260, 190, 70


def feed_schema(feed: Feed) -> dg.TableSchema:
    """Columns of the feed table (identifiers as keys), with titles and descriptions of the contract."""
    described = {(each.keyed_as or each.name): each for each in feed.columns if not each.vaulted}
    columns = []
    for name, dtype in feed.keyed_schema.items():
        declared = described.get(name)
        columns.append(
            dg.TableColumn(
                name,
                str(dtype),
                description=f"{declared.title}: {declared.description}" if declared else "where the row came from",
                constraints=dg.TableColumnConstraints(nullable=declared is not None and not declared.required),
                tags={"sensitivity": str(declared.sensitivity)} if declared else None,
            )
        )
    return dg.TableSchema(columns)


def table_schema(table: Table) -> dg.TableSchema:
    """Columns of a canonical table, with titles and descriptions."""
    return dg.TableSchema(
        [
            dg.TableColumn(
                name,
                str(column.dtype),
                description=f"{column.title}: {column.description}",
                tags={"sensitivity": str(column.sensitivity)},
            )
            for name, column in table.columns.items()
        ],
        constraints=dg.TableConstraints([table.grain]),
    )


def records(rows: Sequence[Mapping[str, str | int | float | bool]]) -> dg.TableMetadataValue:
    """A small table of counts; the columns are those of the first row."""
    return dg.MetadataValue.table([dg.TableRecord(dict(each)) for each in rows]) if rows else _no_rows()


def _no_rows() -> dg.TableMetadataValue:
    return dg.MetadataValue.table([], schema=dg.TableSchema([dg.TableColumn("nothing", "string")]))


def counts_table(counts: Mapping[str, int]) -> dg.TableMetadataValue:
    """`what` and `count`, in the order given."""
    return records([{"what": what, "count": count} for what, count in counts.items()])


def bars(counts: Mapping[str, int]) -> dg.MarkdownMetadataValue:
    """Horizontal bars, as a picture in Markdown, followed by the numbers for readers without pictures."""
    most = max(counts.values(), default=0)
    height = _BAR_HEIGHT * max(len(counts), 1)
    width = _LABEL_ROOM + _BAR_ROOM + _NUMBER_ROOM
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-size="12">']
    for at, (label, count) in enumerate(counts.items()):
        y, length = at * _BAR_HEIGHT, round(_BAR_ROOM * count / most) if most else 0
        parts.append(
            f'<text x="0" y="{y + 13}" fill="#555">{escape(label)}</text>'
            f'<rect x="{_LABEL_ROOM}" y="{y + 3}" width="{length}" height="12" fill="#4878a8"/>'
            f'<text x="{_LABEL_ROOM + length + 4}" y="{y + 13}" fill="#555">{count}</text>'
        )
    picture = base64.b64encode("".join([*parts, "</svg>"]).encode()).decode()
    numbers = "; ".join(f"{label}: {count}" for label, count in counts.items())
    return dg.MetadataValue.md(f"![bars](data:image/svg+xml;base64,{picture})\n\n{numbers}")
