"""The grounds on which a family stands on the list, and by which values of their parameters.

What belongs here: the closed list of grounds with their titles, and the version of the parameters that bear on each.
"""

import json
from collections.abc import Iterable
from hashlib import blake2b

import polars as pl

from rules import rules_of
from rules.parameters import ParametersAt
from schemas.codes import CodeList

__all__ = ["GROUNDS", "GROUPS", "REGISTER", "VERIFIED", "parameters_versions"]

REGISTER, VERIFIED = "register", "verified_inclusion"
GROUPS: tuple[str, ...] = tuple(rule.id for rule in rules_of("group"))
GROUNDS = CodeList(
    "ground",
    "编入依据",
    {
        **{rule.id: (rule.title,) for rule in rules_of("group")},
        VERIFIED: ("属实纳入（其他困难人员）",),
        REGISTER: ("在册救助对象",),
    },
)
_OWN = {
    REGISTER: ("register.merge_gap_days", "register.rigid_expense_months"),
    VERIFIED: ("status.verified_inclusion_months", "status.included_months"),
}
_GRACE = "status.grace_months"
_DIGEST_BYTES = 4


def parameters_versions(parameters: ParametersAt) -> pl.LazyFrame:
    """One row a ground: `ground`, `parameters_version`.

    A version is the latest day from which one of the ground's values is in force, and a digest of all of them: equal
    values give an equal version, whatever else is changed in the parameter files.
    """
    names = {rule.id: rule.parameters for rule in rules_of("group")} | _OWN
    versions = [(ground, _version(parameters, names[ground])) for ground in GROUNDS.codes]
    return pl.LazyFrame(versions, schema={"ground": pl.String(), "parameters_version": pl.String()}, orient="row")


def _version(parameters: ParametersAt, names: Iterable[str]) -> str:
    held = {name: parameters.dated(name) for name in sorted({*names, _GRACE})}
    text = json.dumps({name: [each.since.isoformat(), each.value] for name, each in held.items()}, sort_keys=True)
    digest = blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()
    return f"{max(each.since for each in held.values())}#{digest}"
