"""The driver of `doudi whatif`: an edition under changed parameters beside the published one.

What belongs here: which deliveries and parameters the second edition is computed from, what it is compared with, and
the line in the audit chain. The comparison itself stands in `editions.whatif`. Nothing is published, and nothing but
that line is written.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from assets.inputs import code_version
from assets.workspace import Workspace
from editions.compute import compute
from editions.knowledge import KnownDelivery, identities, known_feed_tables
from editions.whatif import Comparison, compare
from pipelines.errors import UsageError
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

    `drifted` names what has changed since that edition was published (code, parameters, deliveries): then both sides
    were computed anew, so that every difference is one of the changed parameters.
    """

    edition: EditionInfo
    changes: tuple[Change, ...]
    comparison: Comparison
    drifted: tuple[str, ...]
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
    require(actor, "list")
    if output is not None and output.suffix.lower() != _SUFFIX:
        raise UsageError(f"{output.name} is no workbook; a what-if is written as {_SUFFIX}")
    settings, engine = workspace.settings, workspace.engine
    values = parse_settings(texts, workspace.parameters)
    edition = require_edition(engine, as_of)
    changed = workspace.parameters.replacing(values)
    known = deliveries_of(engine, settings, edition)
    feeds = delivery_health(engine, settings, edition.as_of), delivery_profiles(engine, edition.as_of)
    drifted = _drifted(workspace, edition)
    if drifted:
        report("the edition as it is")
        before = _computed(known, edition.as_of, workspace.parameters, *feeds)
    else:
        before = {name: edition_rows(engine, edition.edition_id, name) for name in EDITION_TABLES}
    report("the edition under changed parameters")
    after = _computed(known, edition.as_of, changed, *feeds)
    comparison = compare(before, after, as_of=edition.as_of, changed=values)
    changes = _changes(workspace.parameters, changed, values, edition.as_of)
    if output is not None:
        export_whatif(
            engine, settings, edition, changes, comparison, before=before["list"], after=after["list"], actor=actor,
            path=output,
        )  # fmt: skip
    result = WhatIf(edition=edition, changes=changes, comparison=comparison, drifted=drifted, path=output)
    append(engine, actor=actor.name, action=_ACTION, purpose=_PURPOSE, details=_details(result, actor))
    return result


def _drifted(workspace: Workspace, edition: EditionInfo) -> tuple[str, ...]:
    """What of the published edition's inputs is not as it was."""
    inputs = edition.manifest["inputs"]
    now = frozenset(each.delivery_id for each in input_deliveries(workspace.engine, edition.as_of))
    differing = {
        "code": inputs["code_version"] != code_version(),
        "parameters": inputs["parameters"]["digest"] != workspace.parameters.digest,
        "deliveries": delivery_ids(edition) != now,
    }
    return tuple(name for name, differs in differing.items() if differs)


def _computed(
    known: Sequence[KnownDelivery],
    as_of: date,
    parameters: Parameters,
    health: pl.LazyFrame,
    profiles: pl.LazyFrame,
) -> dict[str, pl.DataFrame]:
    """The published tables of an edition that is not published."""
    feeds, people = known_feed_tables(known, as_of), identities(known, as_of)
    tables = compute(feeds, people, as_of, parameters.as_of(as_of), health, profiles=profiles)
    return {name: tables[name].collect() for name in EDITION_TABLES}


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
        "counts": whole.row(0, named=True) if whole.height else {},
        "file": result.path is not None,
    }
