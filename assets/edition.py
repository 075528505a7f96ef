"""The stages of an edition, its candidate and its publication, one asset each.

What belongs here: the factories. What a stage computes stands in `editions.compute.STAGES`; the
registry keeps candidates and publications. A table that breaks its contract is never put in place: its
check is recorded as failed, then the step fails, and what would have followed is skipped.
"""

import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import dagster as dg
import polars as pl

from assets.check_specs import check_spec
from assets.checks import CHAIN, CHECK, LEDGER, chain_check, ledger_check, table_checks
from assets.guard import guarded
from assets.inputs import Inputs
from assets.metadata import bars, counts_table, records, table_schema
from assets.quality import SUITES, QualityResult, check_candidate
from assets.quality_page import write_quality_page
from assets.shadow import shadow_metadata
from assets.state import previous_state
from assets.workspace import Workspace
from editions.chain import Chains
from editions.compute import DECISIONS, FEEDS, IDENTITIES, PREVIOUS, Stage, StageInput
from editions.knowledge import identities, known_feed_tables
from linkage.persons import SIGNS_OF_LIFE
from registry.casework.desk import Desk
from registry.casework.follow import follow_newest
from registry.chain import follow
from registry.edition_parameters import keep_parameters
from registry.errors import LineageNotSentError
from registry.lock import writer_lock
from registry.openlineage import send_lineage
from registry.publish import publish, write_candidate
from registry.queries import require_edition
from registry.scope import WHOLE
from registry.stage_files import StageFiles, StaleStageError
from registry.store import receipts
from registry.summary import summary
from registry.views import record_overlays
from schemas.settings import Settings
from schemas.tables import EDITION_TABLES, HEALTH, MATURED, PROFILES, get_table

__all__ = ["CANDIDATE", "GROUP", "INPUTS", "PUBLICATION", "edition_assets"]

GROUP = "edition"
INPUTS = "input_set"
CANDIDATE = "candidate_edition"
PUBLICATION = "publication"

_OWNERS = ("team:civil_affairs",)
_EXTRA = (
    "deaths",
    "aliases",
    "scores",
    "score_drift",
    "score_calibration",
)  # tell later why a person is gone, and what scored
_HISTORY_MONTHS = 12  # drawn and marked stale by Dagster, at a cost for each; the input set knows all months
_LOCK_SECONDS = 3600

_Events = Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]
_Workspace = dg.ResourceParam[Workspace]


def edition_assets(
    stages: Sequence[Stage], feeds: Sequence[str], *, partitions: dg.PartitionsDefinition[str]
) -> list[dg.AssetsDefinition]:
    """The input set over `feeds`, one asset for each of `stages`, the candidate edition and the publication."""
    producers: dict[str, str] = {}
    assets = [_input_set(feeds, partitions)]
    for stage in stages:
        assets.append(_stage(stage, dict(producers), partitions))
        producers.update(dict.fromkeys(stage.tables, stage.name))
    wanted = {each: producers[each] for each in (*EDITION_TABLES, *_EXTRA, *SIGNS_OF_LIFE)}
    return [*assets, _candidate(wanted, partitions), _publication(partitions)]


def _input_set(feeds: Sequence[str], partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """An edition knows the deliveries of its own and all earlier months; Dagster draws the last year of them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)  # leaving out months before the first is a beta of Dagster
        history = dg.TimeWindowPartitionMapping(
            start_offset=-_HISTORY_MONTHS, end_offset=0, allow_nonexistent_upstream_partitions=True
        )

    @dg.asset(
        name=INPUTS,
        deps=[dg.AssetDep(feed, partition_mapping=history) for feed in feeds],
        group_name=GROUP,
        owners=_OWNERS,
        kinds={"json"},
        description="What the edition of the month is computed from: deliveries, parameters, code, identity key.",
        partitions_def=partitions,
    )
    def input_set(context: dg.AssetExecutionContext, workspace: _Workspace) -> dg.MaterializeResult[None]:
        month = context.partition_key
        with guarded(f"input set of {month}"):
            inputs = workspace.inputs(month)
            missing = inputs.health.filter(pl.col("status") == "missing", pl.col("month") == month).collect()
        return dg.MaterializeResult(
            metadata={
                "as_of": dg.MetadataValue.text(inputs.as_of.isoformat()),
                "input_hash": dg.MetadataValue.text(inputs.input_hash),
                "deliveries": dg.MetadataValue.int(len(inputs.input_set.deliveries)),
                "code_version": dg.MetadataValue.text(inputs.input_set.code_version),
                "parameters": dg.MetadataValue.text(inputs.input_set.parameters_digest),
                "feeds_without_delivery": dg.MetadataValue.text(", ".join(missing["feed"].sort()) or "none"),
            },
            data_version=dg.DataVersion(inputs.input_hash),
        )

    return input_set


def _stage(stage: Stage, producers: Mapping[str, str], partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """`producers` says which earlier stage made a table; what none has made is a raw input."""
    upstream = sorted({producers.get(each, INPUTS) for each in stage.needs})

    @dg.asset(
        name=stage.name,
        deps=upstream,
        group_name=GROUP,
        owners=_OWNERS,
        kinds={"polars", "parquet"},
        description=_describe(stage),
        metadata=_stage_metadata(stage),
        partitions_def=partitions,
        check_specs=[
            check_spec(
                CHECK,
                asset=stage.name,
                description="pandera: columns, types, keys, nulls and vocabularies of every table of the stage",
                blocking=True,
                partitions=partitions,
            )
        ],
    )
    def tables(context: dg.AssetExecutionContext, workspace: _Workspace) -> _Events:
        month = context.partition_key
        with guarded(f"stage {stage.name}, month {month}"):
            inputs = workspace.inputs(month)
            files = StageFiles(workspace.settings, month, inputs.input_hash)
            workspace.report(f"{month} {stage.name}")
            with files.writing(stage.name, stage.run(_given(stage, workspace, month, producers))) as aside:
                result = table_checks(aside, context.asset_key)
                yield result
                _stop_if_failed(stage.name, [result])
                rows = {name: _rows(path) for name, path in aside.items()}
                told = _counts(rows) | shadow_metadata(aside)
        yield dg.MaterializeResult(metadata=told, data_version=dg.DataVersion(inputs.input_hash))

    return tables


def _given(stage: Stage, workspace: Workspace, month: str, producers: Mapping[str, str]) -> StageInput:
    """What the stage needs, and nothing else."""
    needs = set(stage.needs)
    inputs = workspace.inputs(month)
    files = StageFiles(workspace.settings, month, inputs.input_hash)
    before = previous_state(workspace, month) if needs & set(PREVIOUS) else {}
    return StageInput(
        as_of=inputs.as_of,
        parameters=inputs.parameters,
        tables={each: files.scan(producers[each], each) for each in stage.needs if each in producers},
        feed_tables=known_feed_tables(inputs.deliveries, inputs.as_of) if FEEDS in needs else {},
        identities=identities(inputs.deliveries, inputs.as_of) if IDENTITIES in needs else None,
        health=inputs.health if HEALTH.name in needs else None,
        profiles=inputs.profiles if PROFILES.name in needs else None,
        previous={name: frame for name, frame in before.items() if name in needs},
        decisions=inputs.decisions if DECISIONS in needs else None,
        model=inputs.model,
        matured=inputs.matured if MATURED.name in needs else None,
        shadow=inputs.shadow,
    )


def _describe(stage: Stage) -> str:
    lines = [f"- **{each}** {get_table(each).title}: {get_table(each).grain}" for each in stage.tables]
    return "\n".join(["Tables of this stage:", "", *lines])


def _stage_metadata(stage: Stage) -> dict[str, object]:
    schemas = {each: table_schema(get_table(each)) for each in stage.tables}
    if len(schemas) == 1:
        return {"dagster/column_schema": schemas[stage.tables[0]]}
    return {f"columns_of_{each}": schema for each, schema in schemas.items()}


def _rows(path: Path) -> int:
    return int(pl.scan_parquet(path).select(pl.len()).collect().item())


def _counts(rows: Mapping[str, int]) -> dict[str, dg.MetadataValue]:
    return {
        "dagster/row_count": dg.MetadataValue.int(sum(rows.values())),
        "rows": counts_table(rows),
        "plot": bars(rows),
    }


def _stop_if_failed(what: str, results: Sequence[dg.AssetCheckResult]) -> None:
    failed = [each for each in results if not each.passed]
    if failed:
        raise dg.Failure(
            description=f"{what}: {'; '.join(each.description or '' for each in failed)}; nothing was put in place",
            metadata={"failed_checks": dg.MetadataValue.int(len(failed))},
            allow_retries=False,
        )


def _candidate(wanted: Mapping[str, str], partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    @dg.asset(
        name=CANDIDATE,
        deps=sorted(set(wanted.values())),
        group_name=GROUP,
        owners=_OWNERS,
        kinds={"sql", "greatexpectations"},
        description="The edition as a candidate in the registry, checked there before it may be published.",
        partitions_def=partitions,
        check_specs=[
            check_spec(
                suite,
                asset=CANDIDATE,
                description=f"Great Expectations on the candidate's rows of `{suite}`",
                blocking=True,
                partitions=partitions,
            )
            for suite in SUITES
        ]
        + [
            check_spec(
                LEDGER,
                asset=CANDIDATE,
                description="previous + entered - left + moved in - moved out = current, by ground and street",
                blocking=True,
                partitions=partitions,
            ),
            check_spec(
                CHAIN,
                asset=CANDIDATE,
                description="every ground of the list leads to a decision, or to a delivered row of a known file",
                blocking=True,
                partitions=partitions,
            ),
        ],
    )
    def candidate(context: dg.AssetExecutionContext, workspace: _Workspace) -> _Events:

        month = context.partition_key
        with guarded(f"candidate edition of {month}"), writer_lock(workspace.settings, wait_seconds=_LOCK_SECONDS):
            inputs = workspace.inputs(month)
            files = StageFiles(workspace.settings, month, inputs.input_hash)
            workspace.report(f"{month} {CANDIDATE}")
            tables = {each: files.scan(wanted[each], each).collect() for each in (*EDITION_TABLES, *_EXTRA)}
            signs = {each: files.scan(wanted[each], each) for each in SIGNS_OF_LIFE}
            keep_parameters(workspace.settings, inputs.parameters.parameters, inputs.input_set.overlays)
            record_overlays(workspace.engine, inputs.input_set.overlays)
            edition_id = write_candidate(
                workspace.engine,
                inputs.input_set,
                {**tables, **signs},
                run_id=context.run.run_id,
                frozen_at=inputs.frozen_at,
            )
            results, index = check_candidate(workspace.settings, edition_id, month)
            page = write_quality_page(
                index.parent,
                month=month,
                edition_id=edition_id,
                results=results,
                receipts=receipts(workspace.engine, month=month),
            )
            before = previous_state(workspace, month)
            checks = [_suite_result(suite, results) for suite in SUITES]
            checks += [ledger_check(before, tables, inputs.as_of), chain_check(_chains(workspace, inputs, tables))]
            yield from checks
            _stop_if_failed(f"candidate {edition_id}", checks)
            _passed_path(workspace.settings, month).write_text(_passed(edition_id, inputs), encoding="utf-8")
        yield dg.MaterializeResult(
            metadata={
                "edition": dg.MetadataValue.text(edition_id),
                "expectations": dg.MetadataValue.int(len(results)),
                "data_quality_page": dg.MetadataValue.path(page),
                "data_docs": dg.MetadataValue.path(index),
                **_counts({name: frame.height for name, frame in tables.items()}),
            },
            data_version=dg.DataVersion(inputs.input_hash),
        )

    return candidate


def _chains(workspace: Workspace, inputs: Inputs, tables: Mapping[str, pl.DataFrame]) -> Chains:
    return follow(
        workspace.engine,
        workspace.settings,
        inputs.input_set,
        tables,
        parameters=inputs.parameters,
        decisions=inputs.decisions,
    )


def _suite_result(suite: str, results: Sequence[QualityResult]) -> dg.AssetCheckResult:
    ours = [each for each in results if each.table == suite]
    failed = [each for each in ours if not each.passed]
    return dg.AssetCheckResult(
        passed=bool(ours) and not failed,
        check_name=suite,
        description="; ".join(each.told for each in failed) or f"{len(ours)} expectations hold",
        metadata={
            "expectations": records(
                [
                    {
                        "expectation": each.expectation,
                        "column": each.column,
                        "passed": each.passed,
                        "rows": each.rows,
                        "unexpected": each.unexpected,
                    }
                    for each in ours
                ]
            )
        },
    )


def _passed_path(settings: Settings, month: str) -> Path:
    folder = settings.lake_dir / "stages" / CANDIDATE
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / f"{month}.json"


def _passed(edition_id: str, inputs: Inputs) -> str:
    return json.dumps({"edition": edition_id, "input_hash": inputs.input_hash})


def _passed_edition(settings: Settings, month: str, inputs: Inputs) -> str:
    path = _passed_path(settings, month)
    if not path.is_file():
        raise StaleStageError(f"no candidate of {month} has passed its checks; materialise {CANDIDATE} first")
    noted = json.loads(path.read_text(encoding="utf-8"))
    if noted["input_hash"] != inputs.input_hash:
        raise StaleStageError(f"the candidate of {month} was made from other inputs; run the whole job `publish`")
    return str(noted["edition"])


def _publication(partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    @dg.asset(
        name=PUBLICATION,
        deps=[CANDIDATE],
        group_name=GROUP,
        owners=_OWNERS,
        kinds={"sql"},
        description="The act that makes a checked candidate the current edition of its day.",
        partitions_def=partitions,
    )
    def publication(context: dg.AssetExecutionContext, workspace: _Workspace) -> dg.MaterializeResult[None]:

        month = context.partition_key
        with guarded(f"publication of {month}"), writer_lock(workspace.settings, wait_seconds=_LOCK_SECONDS):
            inputs = workspace.inputs(month)
            edition_id = _passed_edition(workspace.settings, month, inputs)
            publish(workspace.engine, edition_id)
            desk = Desk(workspace.engine, workspace.settings, workspace.parameters)
            cases = follow_newest(desk, inputs.as_of, now=workspace.instant())
            figures = summary(workspace.engine, edition_id, WHOLE)
        with guarded(f"lineage of {month}"):
            sent = 0 if workspace.lineage_later else _send_lineage(context, workspace, inputs)
        return dg.MaterializeResult(
            metadata={
                "edition": dg.MetadataValue.text(edition_id),
                "as_of": dg.MetadataValue.text(inputs.as_of.isoformat()),
                "lineage_events": dg.MetadataValue.int(sent),
                "cases": bars(cases),
                "families": dg.MetadataValue.int(figures.families),
                "people": dg.MetadataValue.int(figures.members),
                "entered": dg.MetadataValue.int(figures.entered or 0),
                "left": dg.MetadataValue.int(figures.left or 0),
                "families_per_group": bars(figures.groups),
                "families_per_tier": bars(figures.tiers),
                "warnings": bars(figures.warnings_by_rule),
            },
            data_version=dg.DataVersion(inputs.input_hash),
        )

    return publication


def _send_lineage(context: dg.AssetExecutionContext, workspace: Workspace, inputs: Inputs) -> int:
    """A catalogue that does not answer must not hold back an edition: it is told, and can be sent again by command."""
    try:
        return send_lineage(require_edition(workspace.engine, inputs.as_of), workspace.settings)
    except LineageNotSentError as error:
        context.log.warning(str(error))
        return 0
