"""What must hold of every table of an edition, as pandera schemas, and what a breach looks like.

What belongs here: keys, columns that are never null, closed vocabularies; derived from
`schemas.tables`. A lazy frame would be checked for types alone, so the depth is set for each check,
whatever the environment says. A breach is reported as counts by check and column: the values
themselves never leave this module.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import polars as pl

from assets.metadata import counts_table
from editions.chain import Chains
from editions.grounds import GROUNDS
from editions.ledger import imbalances
from editions.standing import GRACE, LISTED, PROPOSED
from linkage.aliases import current_keys
from rules.measures import CONDITIONS, MEASURES
from schemas.tables import get_table

if TYPE_CHECKING:
    import pandera.polars as pa

__all__ = [
    "CHAIN",
    "CHECK",
    "KEYS",
    "LEDGER",
    "chain_check",
    "check_table",
    "ledger_check",
    "table_checks",
    "table_contract",
]

CHAIN = "chain"
CHECK = "contract"
LEDGER = "ledger"

KEYS: Mapping[str, tuple[str, ...]] = {
    "identities": ("person_key",),
    "members": ("person_key",),
    "families": ("family_id",),
    "scores": ("family_id",),
    "score_reasons": ("family_id", "feature"),
    "list": ("family_id",),
    "warnings": ("warning_id",),
    "tasks": ("task_id",),
    "measures": ("family_id", "measure", "reason"),
    "standings": ("person_key", "ground"),
    "exits": ("family_id", "person_key", "ground"),
    "carried": ("person_key",),
}

_NEVER_NULL = frozenset(
    {
        "person_key",
        "family_id",
        "family_no",
        "rule_id",
        "basis",
        "old_key",
        "obligor_key",
        "ward_key",
        "recipient_key",
        "spouse_a_key",
        "spouse_b_key",
        "head_key",
        "started_on",
        "died_on",
        "on_register",
        "counted",
        "counted_fen",
        "in_scope",
        "computable",
        "layer",
        "tier",
        "tier_points",
        "score",
        "points",
        "warning_id",
        "task_id",
        "audience",
        "measure",
        "urgency",
        "rules",
        "raised_on",
        "due_on",
        "ground",
        "since",
        "manner",
        "parameters_version",
        "kind",
        "source_feed",
        "source_delivery",
        "source_row",
    }
)
_MAY_BE_NULL: Mapping[str, frozenset[str]] = {
    "warnings": frozenset(
        {"person_key", "family_id", "basis", "due_on", "source_feed", "source_delivery", "source_row"}
    ),
    "applications": frozenset({"family_no"}),
    "list": frozenset({"score"}),
    "hits": frozenset({"source_feed", "source_delivery", "source_row"}),
    "standings": frozenset({"source_feed", "source_delivery", "source_row"}),
    "exits": frozenset({"source_feed", "source_delivery", "source_row"}),
}
_STATUS = (LISTED, PROPOSED, GRACE)
_VOCABULARY: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("members", "family_basis"): ("declared", "registered", "joined", "single"),
    ("families", "income_evidence"): ("full", "partial", "none", "not_computable"),
    ("list", "income_evidence"): ("full", "partial", "none", "not_computable"),
    ("list", "layer"): ("registered", "extended"),
    ("list", "tier"): ("red", "orange", "yellow"),
    ("list", "status"): _STATUS,
    ("standings", "status"): _STATUS,
    ("standings", "ground"): GROUNDS.codes,
    ("exits", "ground"): GROUNDS.codes,
    ("exits", "manner"): ("by_rule", "confirmed"),
    ("warnings", "kind"): ("need", "verify", "feed"),
    ("tasks", "audience"): ("need", "verify"),
    ("measures", "measure"): tuple(MEASURES),
    ("measures", "reason"): tuple(CONDITIONS),
    ("tasks", "urgency"): ("red", "orange", "yellow", "none"),
}


@cache
def table_contract(name: str) -> "pa.DataFrameSchema":
    """The pandera schema of the canonical table `name`."""
    import pandera.polars as pa  # noqa: PLC0415  # slow to import

    table = get_table(name)
    return pa.DataFrameSchema(
        {
            column: pa.Column(
                declared.dtype,
                _column_checks(name, column),
                nullable=column not in _NEVER_NULL - _MAY_BE_NULL.get(name, frozenset()),
            )
            for column, declared in table.columns.items()
        },
        unique=list(KEYS[name]) if name in KEYS else None,
        strict=True,
        ordered=True,
        name=name,
    )


def _column_checks(table: str, column: str) -> list["pa.Check"]:
    import pandera.polars as pa  # noqa: PLC0415

    allowed = _VOCABULARY.get((table, column))
    return [pa.Check.isin(list(allowed))] if allowed else []


def check_table(name: str, frame: pl.LazyFrame) -> dict[str, int]:
    """Breaches of the contract of the table `name`, as "check of column" → rows; empty when all holds."""
    contract = table_contract(name)
    from pandera.config import ValidationDepth, config_context  # noqa: PLC0415
    from pandera.errors import SchemaErrors  # noqa: PLC0415

    try:
        with config_context(
            validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA
        ):  # else only types are checked
            contract.validate(frame, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases.group_by("column", "check").len("rows").sort("column", "check", nulls_last=True)
        return {f"{check} of {column or name}": rows for column, check, rows in cases.iter_rows()}
    return {}


def table_checks(tables: Mapping[str, Path], key: dg.AssetKey) -> dg.AssetCheckResult:
    """The result of the check `CHECK` for the asset `key`, over all tables that it made."""
    breaches = {
        f"{name}: {what}": rows
        for name, path in tables.items()
        for what, rows in check_table(name, pl.scan_parquet(path)).items()
    }
    metadata: dict[str, dg.MetadataValue] = {
        "tables": dg.MetadataValue.int(len(tables)),
        "breaches": dg.MetadataValue.int(len(breaches)),
    }
    if breaches:
        metadata["rows"] = counts_table(breaches)
    return dg.AssetCheckResult(
        passed=not breaches,
        asset_key=key,
        check_name=CHECK,
        description="; ".join(breaches) or "columns, types, keys, nulls and vocabularies hold in every table",
        metadata=metadata,
    )


def ledger_check(
    before: Mapping[str, pl.LazyFrame], tables: Mapping[str, pl.DataFrame], as_of: date
) -> dg.AssetCheckResult:
    """The result of the check `LEDGER` over a candidate and the state of the month before."""
    now = {name: frame.lazy() for name, frame in tables.items()}
    breaches = imbalances(before, now, current_keys(now["aliases"]), as_of)
    return dg.AssetCheckResult(
        passed=not breaches,
        check_name=LEDGER,
        description="; ".join(breaches) or "previous + entered - left + moved = current, by ground and street",
        metadata={"breaches": counts_table(breaches)} if breaches else {},
    )


def chain_check(chains: Chains) -> dg.AssetCheckResult:
    """The result of the check `CHAIN`: every ground of the list leads to a delivered row or a decision."""
    told = "; ".join(f"{what}: {rows}" for what, rows in chains.broken.items())
    return dg.AssetCheckResult(
        passed=chains.complete,
        check_name=CHAIN,
        description=told or f"{chains.followed} grounds and hits lead to a delivered row or a decision",
        metadata={
            "followed": dg.MetadataValue.int(chains.followed),
            "broken": dg.MetadataValue.int(sum(chains.broken.values())),
            **({"breaks": counts_table(chains.broken)} if chains.broken else {}),
        },
    )
