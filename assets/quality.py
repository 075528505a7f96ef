"""Great Expectations on the candidate edition: what must hold before it may be published.

What belongs here: the expectations on the registry's tables, and the pages made of their results. The
results are counts only (no value of a row is fetched), the context is ephemeral (a file context would
write the database's password), and the pages of each month have a directory of their own.
"""

import importlib
import logging
import os
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from editions.changes import CHANGE_REASONS
from editions.grounds import GROUNDS
from editions.standing import GRACE, LISTED, PROPOSED
from rules import all_rules
from rules.measures import CONDITIONS, MEASURES
from schemas.codes import CODE_LISTS
from schemas.settings import Settings

__all__ = ["SUITES", "QualityResult", "check_candidate"]

SUITES = (
    "list_entry",
    "list_member",
    "hit",
    "standing",
    "list_exit",
    "warning",
    "score_reason",
    "task",
    "suggested_measure",
)

_STATUS = (LISTED, PROPOSED, GRACE)
# Without a JOIN: Great Expectations would take it for one of the batch and leave out an alias that PostgreSQL needs.
_UNJUDGED = (
    "NOT EXISTS (SELECT 1 FROM decision AS d WHERE d.outcome = 'not_true' AND d.rule_id = t.rule_id "
    "AND COALESCE((SELECT a.person_key FROM edition_alias AS a WHERE a.old_key = d.person_key "
    "AND a.edition_id = '{edition}'), d.person_key) = t.person_key)"
)
_NO_ROWS = "expect_table_row_count_to_be_between"
_EMPTY = {
    "list_entry": (
        "nobody would be on the list. An empty list is not published, because mostly it means that files of the month "
        "are missing; where the district is so small that it is true, begin with a later month or a larger area"
    ),
    "list_member": "no listed family has a member",
}
_TEN_THOUSAND = 10_000  # scores are per ten thousand
_MOST_POINTS = 100_000  # of a feature either way: a model has points against need, and an intercept below zero
_KEY_LENGTH = 24
_COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}


@dataclass(frozen=True, slots=True)
class QualityResult:
    """Result of one expectation: counts, never values."""

    table: str
    expectation: str
    column: str
    passed: bool
    evaluated: bool
    rows: int
    unexpected: int

    @property
    def told(self) -> str:
        """The expectation and by how many rows it is missed; of an empty table what that means."""
        if self.expectation == _NO_ROWS and self.evaluated:
            return _EMPTY[self.table]
        counted = f"{self.unexpected} rows" if self.evaluated else "could not be evaluated"
        return f"{self.expectation} {self.column}: {counted}"


def check_candidate(settings: Settings, edition_id: str, month: str) -> tuple[list[QualityResult], Path]:
    """Check the candidate `edition_id` in the registry; gives the results and the page made of them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns of its own datasources and of pandas
        gx = _great_expectations()
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        outcome = _checkpoint(gx, context, settings, edition_id).run()
        results = [each for one in outcome.run_results.values() for each in _results(one)]
        page = _pages(context, settings.quality_dir / month)
        _close(context)
        return results, page


def _close(context: Any) -> None:
    """Give back the connections, which the library keeps open on a server."""
    source = context.data_sources.get("registry")
    source.get_execution_engine().close()
    source.get_engine().dispose()


def _great_expectations() -> Any:
    """The library, imported late (seconds) and with its telemetry off."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx  # noqa: PLC0415  # slow to import

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    return gx


def _checkpoint(gx: Any, context: Any, settings: Settings, edition_id: str) -> Any:
    source = context.data_sources.add_sql("registry", connection_string=settings.registry_url, create_temp_table=False)
    definitions = []
    for table, expectations in _expectations(edition_id).items():
        query = f"SELECT * FROM {table} WHERE edition_id = '{edition_id}'"  # noqa: S608  # both are ours
        batch = source.add_query_asset(table, query=query).add_batch_definition_whole_table("edition")
        suite = context.suites.add(gx.ExpectationSuite(name=table, expectations=expectations))
        definitions.append(
            context.validation_definitions.add(gx.ValidationDefinition(name=table, data=batch, suite=suite))
        )
    return context.checkpoints.add(
        gx.Checkpoint(name="candidate", validation_definitions=definitions, result_format=_COUNTS_ONLY)
    )


def _expectations(edition_id: str) -> dict[str, list[Any]]:
    """What must hold of the rows of each table, by table."""
    gxe: Any = importlib.import_module("great_expectations.expectations")
    rules = all_rules().values()
    groups = sorted(each.id for each in rules if each.kind == "group")
    warned = sorted(each.id for each in rules if each.kind != "group")

    def known(*columns: str) -> list[Any]:
        return [gxe.ExpectColumnValuesToNotBeNull(column=each) for each in columns]

    def unique(column: str) -> Any:
        return gxe.ExpectColumnValuesToBeUnique(column=column)

    def among(column: str, values: Iterable[str]) -> Any:
        return gxe.ExpectColumnValuesToBeInSet(column=column, value_set=list(values))

    def between(column: str, low: int, high: int | None = None) -> Any:
        return gxe.ExpectColumnValuesToBeBetween(column=column, min_value=low, max_value=high)

    def none_where(what: str, condition: str) -> Any:
        query = f"SELECT t.family_id FROM (SELECT * FROM {{batch}}) AS t WHERE {condition}"  # noqa: S608  # all of it is ours
        return gxe.UnexpectedRowsExpectation(unexpected_rows_query=query, description=what)

    def partner(table: str, also: str = "1 = 1") -> str:
        same = f"o.edition_id = '{edition_id}' AND o.family_id = t.family_id AND {also}"
        return f"EXISTS (SELECT 1 FROM {table} AS o WHERE {same})"  # noqa: S608

    def no_partner(table: str, also: str = "1 = 1") -> str:
        return f"t.family_id IS NOT NULL AND NOT {partner(table, also)}"

    unjudged = _UNJUDGED.format(edition=edition_id)
    return {
        "list_entry": [
            gxe.ExpectTableRowCountToBeBetween(min_value=1),
            unique("family_id"),
            *known("family_id", "head_key", "layer", "tier", "status"),
            among("layer", ["registered", "extended"]),
            among("tier", ["red", "orange", "yellow"]),
            among("status", _STATUS),
            among("income_evidence", ["full", "partial", "none", "not_computable"]),
            among("street_code", CODE_LISTS["street"].codes),
            between("members", 1),
            between("tier_points", 0),
            between("score", 0, _TEN_THOUSAND),
            none_where("a family has members", no_partner("list_member")),
            none_where(
                "a family that is there has a score", f"t.score IS NULL AND {partner('list_member', 'o.in_scope')}"
            ),
            none_where("a listed family stands on a ground", no_partner("standing")),
            none_where("an extended family is in a group", "t.layer = 'extended' AND COALESCE(t.groups, '') = ''"),
        ],
        "list_member": [
            gxe.ExpectTableRowCountToBeBetween(min_value=1),
            unique("person_key"),
            *known("family_id", "person_key"),
            gxe.ExpectColumnValueLengthsToEqual(column="person_key", value=_KEY_LENGTH),
            among("family_basis", ["declared", "registered", "joined", "single"]),
            none_where("a member's family is on the list", no_partner("list_entry")),
        ],
        "hit": [
            *known("person_key", "rule_id", "basis", "evidence_on"),
            among("rule_id", groups),
            none_where(
                "a hit's family is on the list, unless a person judged it", f"{no_partner('list_entry')} AND {unjudged}"
            ),
        ],
        "standing": [
            among("ground", GROUNDS.codes),
            among("status", _STATUS),
            *known("parameters_version", "basis", "evidence_key"),
            none_where("a standing family is on the list", no_partner("list_entry")),
            none_where("what is proposed to leave says why and since when", _unexplained("t.status <> 'listed'")),
        ],
        "list_exit": [
            among("ground", GROUNDS.codes),
            among("manner", ["by_rule", "confirmed"]),
            among("reason", CHANGE_REASONS.codes),
            *known("reason", "parameters_version", "basis", "evidence_key"),
            none_where("a confirmed exit names its decision", "t.manner = 'confirmed' AND t.decision_id IS NULL"),
        ],
        "warning": [
            unique("warning_id"),
            *known("rule_id", "kind"),
            among("rule_id", warned),
            among("kind", ["need", "verify", "feed"]),
            none_where("only feed warnings lack a family", "t.kind <> 'feed' AND t.family_id IS NULL"),
            none_where("only feed warnings have no day", "t.kind <> 'feed' AND t.due_on IS NULL"),
            none_where("a warning is due after it was raised", "t.due_on <= t.raised_on"),
            none_where(
                "every question about a family is in a task",
                f"t.kind <> 'feed' AND {no_partner('task', 'o.audience = t.kind')}",
            ),
        ],
        "task": [
            *known("raised_on", "due_on"),
            among("audience", ["need", "verify"]),
            among("urgency", ["red", "orange", "yellow", "none"]),
            between("warnings", 1),
            gxe.ExpectCompoundColumnsToBeUnique(column_list=["family_id", "audience"]),
            none_where("a task has warnings of its audience", no_partner("warning", "o.kind = t.audience")),
        ],
        "suggested_measure": [
            among("measure", MEASURES),
            among("reason", CONDITIONS),
            none_where("a measure's family is on the list", no_partner("list_entry")),
        ],
        "score_reason": [
            *known("family_id", "feature"),
            between("points", -_MOST_POINTS, _MOST_POINTS),
            none_where("a scored family is on the list", no_partner("list_entry")),
        ],
    }


def _unexplained(condition: str) -> str:
    return f"{condition} AND (t.reason IS NULL OR t.proposed_since IS NULL)"


def _results(run: Any) -> list[QualityResult]:
    table = str(run.meta["active_batch_definition"]["data_asset_name"])
    return [_one(table, each) for each in run.results]


def _one(table: str, result: Any) -> QualityResult:
    counts: Mapping[str, Any] = result.result
    config = result.expectation_config
    return QualityResult(
        table=table,
        expectation=str(config.type),
        column=str(config.kwargs.get("column", "") or config.description or _columns(config.kwargs)),
        passed=bool(result.success),
        evaluated=bool(counts),
        rows=int(counts.get("element_count") or 0),
        unexpected=int(counts.get("unexpected_count", counts.get("observed_value", 0)) or 0),
    )


def _columns(kwargs: Mapping[str, Any]) -> str:
    return ", ".join(kwargs.get("column_list", ()))


def _pages(context: Any, directory: Path) -> Path:
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
