"""Tests of the record itself: hashes, the chain, what was archived, how editions came to be published.

What belongs here: declarations. They ask whether the record is as it was written, and was written as it must be.
"""

import polars as pl
from sqlalchemy import select

from registry.anchors import read_anchors
from registry.audit import verify
from registry.auditing.examining import Examined, PopulationTest, frames
from registry.keeping import check_archive, check_manifests
from registry.models import Edition, Publication

__all__ = ["RECORD_TESTS"]


def _faults(column: str, faults: list[str]) -> pl.DataFrame:
    return pl.DataFrame({column: faults}, schema={column: pl.String()})


@frames("hash_not_recomputed", title="发布内容未被改动", proves="每个已发布版本的内容摘要可由其明细重新算出")
def hash_not_recomputed(examined: Examined) -> pl.DataFrame:
    """Published editions whose rows have another hash than their manifest says."""
    return _faults("fault", list(check_manifests(examined.engine).faults))


@frames("audit_chain_broken", title="审计链完整", proves="审计记录没有被修改、删除、调序，与锚点一致")
def audit_chain_broken(examined: Examined) -> pl.DataFrame:
    """Events that do not hold, by the chain itself and by the anchors."""
    path = examined.settings.anchors_file
    found = verify(examined.engine, read_anchors(path) if path.exists() else ())
    return _faults("fault", [str(each) for each in found.faults])


@frames("archive_changed", title="原始文件未被改动", proves="归档的交付文件均在，内容摘要与登记一致，删除均有记录")
def archive_changed(examined: Examined) -> pl.DataFrame:
    """Archived files that are not as recorded."""
    return _faults("fault", list(check_archive(examined.settings, examined.engine).faults))


@frames(
    "published_unchecked",
    title="发布均经检查",
    proves="每个已发布版本都由一次全部检查通过的运行产生",
    needs=("checked",),
)
def published_unchecked(examined: Examined) -> pl.DataFrame:
    """Published editions of no run, or of one without checks that all passed."""
    query = select(Edition.edition_id, Edition.as_of, Edition.manifest).join(
        Publication, Publication.edition_id == Edition.edition_id
    )
    with examined.engine.connect() as connection:
        rows = [
            (each.edition_id, each.as_of, each.manifest["made"].get("run_id")) for each in connection.execute(query)
        ]
    schema = {"edition_id": pl.String(), "as_of": pl.Date(), "run_id": pl.String()}
    passed = list(examined.checked or ())
    found = pl.DataFrame(rows, schema=schema, orient="row").unique()
    return found.filter(~pl.col("run_id").fill_null("").is_in(passed)).sort("as_of", "edition_id")


@frames("published_without_event", title="发布均有审计记录", proves="发布行为与审计链上的记录一一对应")
def published_without_event(examined: Examined) -> pl.DataFrame:
    """Publications that the chain does not know with their content hash, and events without their publication."""
    query = select(Publication.edition_id, Edition.content_hash).join(
        Edition, Edition.edition_id == Publication.edition_id
    )
    with examined.engine.connect() as connection:
        kept = [tuple(each) for each in connection.execute(query)]
    told = [
        (each["details"]["edition_id"], each["details"]["content_hash"])
        for each in examined.events()
        if each["action"] == "publish"
    ]
    schema = {"edition_id": pl.String(), "content_hash": pl.String()}
    acts, events = (pl.DataFrame(rows, schema=schema, orient="row").unique() for rows in (kept, told))
    unknown = acts.join(events, on=list(schema), how="anti").with_columns(lacks=pl.lit("event"))
    undone = events.join(acts, on=list(schema), how="anti").with_columns(lacks=pl.lit("publication"))
    return pl.concat([unknown, undone]).sort("edition_id", "lacks")


@frames("overlaid_without_event", title="参数改动均有记录", proves="版本所用的本地参数都先有审计记录")
def overlaid_without_event(examined: Examined) -> pl.DataFrame:
    """Published editions computed with local parameters that no event about parameters tells."""
    known = [each["details"]["overlays"] for each in examined.events() if each["action"] == "parameters"]
    query = select(Edition.edition_id, Edition.as_of, Edition.manifest).join(
        Publication, Publication.edition_id == Edition.edition_id
    )
    with examined.engine.connect() as connection:
        used = [
            (each.edition_id, each.as_of, each.manifest["inputs"]["parameters"]["overlays"])
            for each in connection.execute(query)
        ]
    wrong = [(edition, as_of, ", ".join(sorted(over))) for edition, as_of, over in used if over and over not in known]
    schema = {"edition_id": pl.String(), "as_of": pl.Date(), "overlays": pl.String()}
    return pl.DataFrame(wrong, schema=schema, orient="row").unique().sort("as_of", "edition_id")


RECORD_TESTS: tuple[PopulationTest, ...] = (
    hash_not_recomputed,
    audit_chain_broken,
    archive_changed,
    published_unchecked,
    published_without_event,
    overlaid_without_event,
)
