"""One asset a feed, made from its contract.

What belongs here: the factory. What a file must look like stands in `schemas/feeds/`; how it is
archived, read and recorded stands in `registry.intake`. A refused file is recorded and reported by the
check `deliveries`; it fails neither the other files of the feed nor the other feeds.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

import dagster as dg

from assets.check_specs import check_spec
from assets.guard import guarded
from assets.metadata import bars, counts_table, feed_schema, records
from assets.workspace import Workspace
from registry.intake import ingest
from registry.lock import writer_lock
from schemas.contract import Feed
from schemas.receipts import Receipt

__all__ = ["CHECK", "feed_asset", "feed_assets"]

CHECK = "deliveries"

_KINDS = frozenset({"polars", "parquet"})
_LOCK_SECONDS = 3600


def feed_assets(feeds: Sequence[Feed], *, partitions: dg.PartitionsDefinition[str]) -> list[dg.AssetsDefinition]:
    """One asset for each of `feeds`."""
    return [feed_asset(feed=feed, partitions=partitions) for feed in feeds]


def feed_asset(*, feed: Feed, partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The asset of `feed`: the feed table of a month, made of every delivery of that landing folder."""

    @dg.asset(
        name=feed.name,
        group_name=feed.department,
        owners=[f"team:{feed.department}"],
        kinds=set(_KINDS),
        description=_description(feed),
        metadata={
            "dagster/column_schema": feed_schema(feed),
            "title": dg.MetadataValue.text(feed.title),
            "legal_basis": dg.MetadataValue.text(feed.legal_basis),
            "population": dg.MetadataValue.text(feed.population),
            "expected_day": dg.MetadataValue.int(feed.expected_day),
            "delivery": dg.MetadataValue.text(str(feed.mode)),
        },
        tags={"doudi/part": "feed", "doudi/delivery": str(feed.mode)},
        partitions_def=partitions,
        output_required=False,
        check_specs=[
            check_spec(
                CHECK,
                asset=feed.name,
                description="Every file of the month was taken; refused files and rows set aside are counted",
                partitions=partitions,
            )
        ],
    )
    def deliveries(
        context: dg.AssetExecutionContext, workspace: dg.ResourceParam[Workspace]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        with guarded(f"feed {feed.name}, month {context.partition_key}"):
            receipts, failures = _take(feed, context.partition_key, workspace, context.run.run_id)
        if not receipts and not failures:
            context.log.info("nothing new")
            yield dg.AssetCheckResult(passed=True, check_name=CHECK, description="nothing new")
            return
        yield _check(receipts, failures)
        if any(each.status != "refused" for each in receipts):
            yield dg.MaterializeResult(metadata=_metadata(receipts))
        if failures:
            raise failures[0]

    return deliveries


def _take(feed: Feed, month: str, workspace: Workspace, run_id: str) -> tuple[list[Receipt], list[dg.Failure]]:
    """Take in every new file; one that fails (which is our fault, not the sender's) does not stop the next."""
    workspace.report(f"{month} {feed.title}")
    receipts: list[Receipt] = []
    failures: list[dg.Failure] = []
    with writer_lock(workspace.settings, wait_seconds=_LOCK_SECONDS):
        for each in workspace.new_files(feed.name, month):
            try:
                with guarded(f"feed {feed.name}, month {month}, file {each.file_name}"):
                    taken = ingest(each, workspace.settings, workspace.engine, today=workspace.today, run_id=run_id)
                    receipts.append(taken)
            except dg.Failure as failure:
                failures.append(failure)
    return receipts, failures


def _description(feed: Feed) -> str:
    return (
        f"**{feed.title}**: {feed.description}.\n\n"
        f"- delivery: {feed.mode}; absence means: {feed.absence_means}\n"
        f"- population: {feed.population}\n"
        f"- legal basis: {feed.legal_basis}"
    )


def _metadata(receipts: Sequence[Receipt]) -> dict[str, dg.MetadataValue]:
    reasons: Counter[str] = Counter()
    for each in receipts:
        reasons.update(each.reasons)
    read = sum(each.rows_read for each in receipts)
    accepted = sum(each.rows_accepted for each in receipts)
    aside = sum(each.rows_quarantined for each in receipts)
    skipped = sum(sum(each.skipped.values()) for each in receipts)
    metadata: dict[str, dg.MetadataValue] = {
        "dagster/row_count": dg.MetadataValue.int(accepted),
        "rows_read": dg.MetadataValue.int(read),
        "rows_quarantined": dg.MetadataValue.int(aside),
        "rows_skipped": dg.MetadataValue.int(skipped),
        "deliveries": records([_line(each) for each in receipts]),
        "rows": bars({"accepted": accepted, "set aside": aside, "skipped": skipped}),
    }
    if reasons:
        metadata["reasons"] = counts_table(dict(reasons.most_common()))
    return metadata


def _line(receipt: Receipt) -> dict[str, str | int]:
    return {
        "file": receipt.file_name,
        "revision": receipt.revision,
        "status": receipt.status,
        "rows_read": receipt.rows_read,
        "rows_accepted": receipt.rows_accepted,
        "rows_quarantined": receipt.rows_quarantined,
        "rows_skipped": sum(receipt.skipped.values()),
        "refusal": receipt.refusal_code or "",
        "sha256": receipt.sha256,
    }


def _check(receipts: Sequence[Receipt], failures: Sequence[dg.Failure]) -> dg.AssetCheckResult:
    refused = [each for each in receipts if each.status == "refused"]
    aside = sum(each.rows_quarantined for each in receipts)
    files = len(receipts) + len(failures)
    return dg.AssetCheckResult(
        passed=not refused and not failures,
        check_name=CHECK,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{files} files, {len(refused)} refused, {len(failures)} failed, {aside} rows set aside",
        metadata={
            "files": dg.MetadataValue.int(files),
            "files_refused": dg.MetadataValue.int(len(refused)),
            "files_failed": dg.MetadataValue.int(len(failures)),
            "rows_quarantined": dg.MetadataValue.int(aside),
            "deliveries": records([_line(each) for each in receipts]),
        },
    )
