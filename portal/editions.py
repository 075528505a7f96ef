"""The published editions: their hashes, what each was computed from, and who published it when.

What belongs here: pages. Hashes are checked by `doudi verify` and replayed by `doudi replay`.
"""

from collections import Counter
from typing import Any

from fastapi import HTTPException, Request, Response, status

from editions.inputs import MODEL
from portal.access import Reader
from portal.page import Nav, Page, render
from portal.words import named
from registry.publications import PROGRAM, publications
from registry.queries import edition_of
from registry.roles import Actor
from registry.simulated import note_of
from rules.parameters import load_parameters
from schemas.contract import all_feeds
from schemas.tables import get_table
from schemas.told import Listed

__all__ = ["PAGES", "table_counts"]

_INPUTS = {
    "decisions": "人工决定",
    "links": "身份关联决定",
    "calendar": "工作日历",
    MODEL: "评分模型",
    "simulated": "模拟数据",
}

_YES = {"yes": "是"}


def _editions(request: Request) -> Response:
    return render(
        request, "editions.html", title="名单版本", program=PROGRAM, published=publications(request.app.state.engine)
    )


def _edition(request: Request, reader: Reader, edition_id: str) -> Response:
    state = request.app.state
    edition = edition_of(state.engine, edition_id)
    if edition is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    inputs = edition.manifest["inputs"]
    return render(
        request,
        "edition.html",
        title="名单版本",
        edition=edition,
        acts=publications(state.engine, edition_id),
        inputs=inputs,
        extra={
            _INPUTS.get(name, name): _YES.get(value, value) for name, value in inputs["extra"].items() if name != MODEL
        },
        model=inputs["extra"].get(MODEL, ""),
        tables=[
            (named(get_table(name).title, name), rows, content)
            for name, rows, content in table_counts(edition.manifest, reader)
        ],
        deliveries=inputs["deliveries"] if reader.area.is_district else [],
        counted=Counter(each["feed"] for each in inputs["deliveries"]),
        feeds=all_feeds(),
        overlaid=inputs["parameters"].get("overlaid", []),
        titles={name: each.title for name, each in load_parameters().by_name.items()},
        plainly=_plainly,
        note=note_of(edition),
        program=PROGRAM,
    )


def table_counts(manifest: dict[str, Any], reader: Actor) -> list[tuple[str, int | None, str]]:
    """Name, rows and hash of each table. Rows are told to those alone who may know of all families and warnings."""
    tells = reader.area.is_district and reader.may("warning.verify")
    return [(name, each["rows"] if tells else None, each["hash"]) for name, each in manifest["tables"].items()]


def _plainly(value: object) -> str:
    """A parameter's value as a manifest has it, as people write it."""
    match value:
        case None:
            return "尚未生效"
        case bool():
            return "是" if value else "否"
        case int():
            return f"{value:,}"
        case list():
            parts = (Listed(map(_plainly, each), " → ") if isinstance(each, list) else str(each) for each in value)
            return Listed(parts, "、")
    return str(value)


PAGES = (
    Page("/editions", _editions, "proof.read", nav=Nav("名单版本", 65)),
    Page("/editions/{edition_id}", _edition, "proof.read"),
)
