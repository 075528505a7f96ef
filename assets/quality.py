"""Great Expectations on the candidate edition: what must hold before it may be published.

What belongs here: the expectations on the registry's tables, and the pages made of their results. The
results are counts only (no value of a row is fetched), the context is ephemeral (a file context would
write the database's password), and the pages of each month have a directory of their own.
"""

import logging
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.codes import CODE_LISTS
from schemas.settings import Settings

if TYPE_CHECKING:
    from great_expectations.data_context import EphemeralDataContext
    from great_expectations.expectations.expectation import Expectation

__all__ = ["SUITES", "QualityResult", "check_candidate"]

SUITES = ("list_entry", "list_member", "hit", "warning", "score_reason")

_COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}


@dataclass(frozen=True, slots=True)
class QualityResult:
    """Result of one expectation: counts, never values."""

    table: str
    expectation: str
    column: str
    passed: bool
    rows: int
    unexpected: int


def check_candidate(settings: Settings, edition_id: str, month: str) -> tuple[list[QualityResult], Path]:
    """Check the candidate `edition_id` in the registry; gives the results and the page made of them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns of its own datasources and of pandas
        gx = _great_expectations()
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        outcome = _checkpoint(gx, context, settings, edition_id).run()
        results = [each for one in outcome.run_results.values() for each in _results(one)]
        return results, _pages(context, settings.quality_dir / month)


def _great_expectations() -> Any:
    """The library, imported late (seconds) and with its telemetry off."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx  # noqa: PLC0415  # slow to import

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    return gx


def _checkpoint(gx: Any, context: "EphemeralDataContext", settings: Settings, edition_id: str) -> Any:
    source = context.data_sources.add_sql("registry", connection_string=settings.registry_url, create_temp_table=False)
    definitions = []
    for table, expectations in _expectations().items():
        query = f"SELECT * FROM {table} WHERE edition_id = '{edition_id}'"  # noqa: S608  # both are ours
        batch = source.add_query_asset(table, query=query).add_batch_definition_whole_table("edition")
        suite = context.suites.add(gx.ExpectationSuite(name=table, expectations=expectations))
        definitions.append(
            context.validation_definitions.add(gx.ValidationDefinition(name=table, data=batch, suite=suite))
        )
    return context.checkpoints.add(
        gx.Checkpoint(name="candidate", validation_definitions=definitions, result_format=_COUNTS_ONLY)
    )


def _expectations() -> dict[str, list["Expectation"]]:
    import great_expectations.expectations as gxe  # noqa: PLC0415  # slow to import

    from rules import all_rules  # noqa: PLC0415

    rules = all_rules().values()
    groups = sorted(each.id for each in rules if each.kind == "group")
    warnings = sorted(each.id for each in rules if each.kind != "group")
    streets = list(CODE_LISTS["street"].codes)
    group = "|".join(groups)

    def known(column: str) -> "Expectation":
        return gxe.ExpectColumnValuesToNotBeNull(column=column)

    def among(column: str, values: list[str]) -> "Expectation":
        return gxe.ExpectColumnValuesToBeInSet(column=column, value_set=values)

    def between(column: str, low: int, high: int | None = None) -> "Expectation":
        return gxe.ExpectColumnValuesToBeBetween(column=column, min_value=low, max_value=high)

    return {
        "list_entry": [
            gxe.ExpectTableRowCountToBeBetween(min_value=1),
            gxe.ExpectColumnValuesToBeUnique(column="family_id"),
            known("family_id"),
            known("head_key"),
            known("layer"),
            among("layer", ["registered", "extended"]),
            known("tier"),
            among("tier", ["red", "orange", "yellow"]),
            among("status", ["listed", "proposed_exit"]),
            among("street_code", streets),
            between("members", 1, 30),
            between("tier_points", 0),
            between("score", 0, 10_000),
        ],
        "list_member": [
            gxe.ExpectTableRowCountToBeBetween(min_value=1),
            gxe.ExpectColumnValuesToBeUnique(column="person_key"),
            known("family_id"),
            gxe.ExpectColumnValueLengthsToEqual(column="person_key", value=24),
            among("family_basis", ["declared", "registered", "joined", "single"]),
        ],
        "hit": [known("person_key"), known("rule_id"), among("rule_id", groups), known("evidence_on")],
        "warning": [
            gxe.ExpectColumnValuesToBeUnique(column="warning_id"),
            among("rule_id", warnings),
            among("kind", ["need", "verify", "feed"]),
        ],
        "score_reason": [known("family_id"), known("feature"), between("points", 0, 10_000)],
    } | ({} if group else {})


def _results(run: Any) -> list[QualityResult]:
    table = str(run.meta["active_batch_definition"]["data_asset_name"])
    return [_one(table, each) for each in run.results]


def _one(table: str, result: Any) -> QualityResult:
    counts: Mapping[str, Any] = result.result
    config = result.expectation_config
    return QualityResult(
        table=table,
        expectation=str(config.type),
        column=str(config.kwargs.get("column", "")),
        passed=bool(result.success),
        rows=int(counts.get("element_count") or counts.get("observed_value") or 0),
        unexpected=int(counts.get("unexpected_count") or 0),
    )


def _pages(context: "EphemeralDataContext", directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    context.add_data_docs_site(
        site_name="quality",
        site_config={
            "class_name": "SiteBuilder",
            "show_how_to_buttons": False,
            "store_backend": {
                "class_name": "TupleFilesystemStoreBackend",
                "base_directory": str(directory.resolve()),
            },
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        },
    )
    context.build_data_docs(site_names=["quality"])
    return directory / "index.html"
