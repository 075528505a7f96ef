"""The driver of `doudi whatif`: an edition under changed parameters beside the published one.

What belongs here: which deliveries and parameters the second edition is computed from, what it is compared with, and
the line in the audit chain. The comparison itself stands in `editions.whatif`. Nothing is published, and nothing but
that line is written.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl

from assets.inputs import code_version
from assets.workspace import Workspace
from editions.compute import STAGES, StageInput, collected, run_stages
from editions.costs import EVERYWHERE, Costs, compare_costs, entitled_persons
from editions.facts import build_facts
from editions.knowledge import identities, known_feed_tables
from editions.whatif import Comparison, compare
from pipelines.errors import UsageError
from registry.arrivals import FeedTerms
from registry.audit import append
from registry.exports.whatif import Change, export_whatif
from registry.feed_health import delivery_health, delivery_profiles
from registry.queries import EditionInfo, edition_rows, require_edition
from registry.roles import Actor, require
from registry.store import input_deliveries
from registry.whatif import deliveries_of, delivery_ids
from rules.errors import ParameterError
from rules.parameters import Parameter, Parameters
from rules.parameters.loader import read_text, read_value
from rules.parameters.model import ParameterValue
from schemas.tables import EDITION_TABLES

__all__ = ["WhatIf", "parse_settings", "value_of", "whatif"]

_PREFIX = "rules."
_ACTION = "whatif"
_PURPOSE = "参数测算"
_BOOLEANS = {"true": True, "false": False}
_SUFFIX = ".xlsx"
_FORMS = {
    "integer": "a whole number",
    "integers": "whole numbers separated by commas",
    "text": "one word",
    "texts": "words separated by commas",
    "boolean": "true or false",
    "bands": "bands in ascending order, like '[{from: 0, points: 15}, {from: 20000, points: 0}]'",
    "mapping": "pairs, like '{medical: illness, housing: housing}'",
}

Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """The published edition that was asked about, the parameters that were changed, and what would differ.

    Both sides are computed, so that every difference is one of the changed parameters. `drifted` names what has changed
    since the edition was published (code, parameters, deliveries); where nothing has, `reproduced` says whether the
    hits that were computed are the published ones.
    """

    edition: EditionInfo
    changes: tuple[Change, ...]
    comparison: Comparison
    costs: Costs
    drifted: tuple[str, ...]
    reproduced: bool | None
    path: Path | None


def parse_settings(texts: Sequence[str], parameters: Parameters) -> dict[str, ParameterValue]:
    """The values by parameter of texts like `rules.low_income_family.annual_income_yuan=120000`.

    Raises:
        UnknownNameError: there is no such parameter.
        UsageError: a text has no value, names a parameter twice, or its value is not one of the parameter.
    """
    if not texts:
        raise UsageError(
            "nothing to change; give --set NAME=VALUE, for example --set temporary_assistance.window_months=6"
        )
    values: dict[str, ParameterValue] = {}
    for text in texts:
        name, separator, written = text.partition("=")
        name = name.strip().removeprefix(_PREFIX)
        if not separator:
            raise UsageError(f"--set {text!r} gives no value; write it like NAME=VALUE")
        if name in values:
            raise UsageError(f"--set gives {name} twice; keep one")
        values[name] = value_of(parameters[name], written.strip())
    return values


def value_of(parameter: Parameter, text: str) -> ParameterValue:
    """The value that `text` is for `parameter`, checked as one in a parameter file is.

    Items of lists are separated by commas; bands and mappings are written in YAML or JSON. Raises `UsageError`.
    """
    if not text:
        raise UsageError(f"{parameter.name} is given no value; write {_FORMS[parameter.type]}")
    try:
        return read_value(parameter, _plain(parameter, text))
    except ParameterError as error:
        raise UsageError(f"{error}; write {_FORMS[parameter.type]}") from error


def _plain(parameter: Parameter, text: str) -> object:
    """`text` as the parameter's file would give it; what it cannot be stays text and is refused by the loader."""
    words = [each.strip() for each in text.split(",") if each.strip()]
    match parameter.type:
        case "integer":
            return _number(text)
        case "integers":
            return [_number(each) for each in words]
        case "texts":
            return words
        case "boolean":
            return _BOOLEANS.get(text.lower(), text)
        case "text":
            return text
    return read_text(text, parameter.name)


def _number(text: str) -> object:
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() else text


def whatif(
    workspace: Workspace,
    texts: Sequence[str],
    *,
    actor: Actor,
    as_of: date | None = None,
    output: Path | None = None,
    report: Callable[[str], object] = lambda _: None,
) -> WhatIf:
    """Compare the published edition that answers for `as_of` with itself under the parameters that `texts` change.

    With `output` a workbook of who changes and why is written there, identity numbers masked. Raises what
    `parse_settings` does, `NotPermittedError` and `NoEditionError`.
    """
    require(actor, "whatif.run")
    if output is not None and output.suffix.lower() != _SUFFIX:
        raise UsageError(f"{output.name} is no workbook; a what-if is written as {_SUFFIX}")
    settings, engine = workspace.settings, workspace.engine
    values = parse_settings(texts, workspace.parameters)
    edition = require_edition(engine, as_of)
    changed = workspace.parameters.replacing(values)
    inputs = _Inputs.of(workspace, edition)
    drifted = _drifted(workspace, edition)
    report("the edition as it is")
    before = inputs.computed(workspace.parameters)
    report("the edition under changed parameters")
    after = inputs.computed(changed)
    comparison = compare(before.tables, after.tables, as_of=edition.as_of, changed=values)
    costs = compare_costs(before.entitled, after.entitled)
    changes = _changes(workspace.parameters, changed, values, edition.as_of)
    result = WhatIf(
        edition=edition,
        changes=changes,
        comparison=comparison,
        costs=costs,
        drifted=drifted,
        reproduced=None if drifted else _reproduced(workspace, edition, before.tables["hits"]),
        path=output,
    )
    if output is not None:
        export_whatif(
            engine, settings, edition, changes, comparison, costs, before=before.tables["list"],
            after=after.tables["list"], actor=actor, path=output,
        )  # fmt: skip
    append(engine, actor=actor.name, action=_ACTION, purpose=_PURPOSE, details=_details(result, actor))
    return result


def _reproduced(workspace: Workspace, edition: EditionInfo, hits: pl.DataFrame) -> bool:
    """Whether the hits computed now are the published ones."""
    published = edition_rows(workspace.engine, edition.edition_id, "hits").select(hits.columns)
    return published.height == hits.height and published.sort(pl.all()).equals(hits.sort(pl.all()))


def _drifted(workspace: Workspace, edition: EditionInfo) -> tuple[str, ...]:
    """What of the published edition's inputs is not as it was."""
    inputs = edition.manifest["inputs"]
    now = frozenset(each.delivery_id for each in input_deliveries(workspace.engine, workspace.settings, edition.as_of))
    differing = {
        "code": inputs["code_version"] != code_version(),
        "parameters": inputs["parameters"]["digest"] != workspace.parameters.digest,
        "deliveries": delivery_ids(edition) != now,
    }
    return tuple(name for name, differs in differing.items() if differs)


@dataclass(frozen=True, slots=True)
class _Side:
    """What one set of parameters gives: the tables of the edition, and who is entitled to which allowance."""

    tables: Tables
    entitled: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inputs:
    """What both sides are computed from: an edition's facts, read once, and the state of the feeds.

    The list of a side is what the facts alone put on it: no standing carried from the month before, no decision.
    """

    as_of: date
    facts: dict[str, pl.LazyFrame]
    health: pl.LazyFrame
    profiles: pl.LazyFrame

    @staticmethod
    def of(workspace: Workspace, edition: EditionInfo) -> "_Inputs":
        """Those of the published `edition`."""
        settings, engine, as_of = workspace.settings, workspace.engine, edition.as_of
        known = deliveries_of(engine, settings, edition)
        people = identities(known, as_of)
        facts = build_facts(known_feed_tables(known, as_of), people, as_of)
        return _Inputs(
            as_of=as_of,
            facts={name: frame.collect().lazy() for name, frame in facts.items()},
            health=delivery_health(engine, settings, as_of, FeedTerms.recorded(edition.manifest["inputs"])),
            profiles=delivery_profiles(engine, as_of),
        )

    def computed(self, parameters: Parameters) -> _Side:
        """The published tables of an edition that is not published, and the entitled."""
        in_force = parameters.as_of(self.as_of)
        given = StageInput(
            as_of=self.as_of, parameters=in_force, tables=self.facts, health=self.health, profiles=self.profiles
        )
        made = run_stages(given, STAGES[1:-1], keep=collected)
        published = STAGES[-1].run(replace(given, tables=made))
        return _Side(
            {name: published[name].collect() for name in EDITION_TABLES},
            entitled_persons(made, self.as_of, in_force),
        )


def _changes(before: Parameters, after: Parameters, values: Mapping[str, object], as_of: date) -> tuple[Change, ...]:
    return tuple(
        Change(
            name=name,
            title=before[name].title,
            unit=before[name].unit,
            before=before[name].at(as_of).value,
            after=after[name].at(as_of).value,
        )
        for name in values
    )


def _details(result: WhatIf, actor: Actor) -> dict[str, object]:
    whole = result.comparison.balance.filter(pl.col("dimension") == "all").drop("dimension", "value")
    return {
        "role": actor.role,
        "edition_id": result.edition.edition_id,
        "as_of": result.edition.as_of.isoformat(),
        "parameters": {each.name: [each.before, each.after] for each in result.changes},
        "recomputed_for": list(result.drifted),
        "reproduced": result.reproduced,
        "monthly_fen_more": {kind: _more(result.costs, kind) for kind in result.costs.touched},
        "counts": whole.row(0, named=True) if whole.height else {},
        "file": result.path is not None,
    }


def _more(costs: Costs, kind: str) -> int:
    district = (pl.col("allowance_kind") == kind) & (pl.col("street_code") == EVERYWHERE)
    return int(costs.balance.filter(district)["monthly_fen_more"].sum())
