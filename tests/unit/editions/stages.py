"""Runs the stages between facts and hits over a small world."""

from datetime import date

import polars as pl

from editions.compute import STAGES, StageInput, collected, run_stages
from rules.parameters import load_parameters
from schemas.tables import STAGES as STAGE_TABLES
from tests.unit.linkage.world import AS_OF, World

MADE_HERE = ("register", "members", "aid", "obligations", "incomes", "families")


def stage_tables(world: World, as_of: date = AS_OF) -> dict[str, pl.DataFrame]:
    """Every table of `schemas.tables.STAGES`, with its schema checked."""
    stages = tuple(each for each in STAGES if each.name in MADE_HERE)
    given = StageInput(as_of=as_of, parameters=load_parameters().as_of(as_of), tables=world.facts())
    tables = run_stages(given, stages, keep=collected)
    made = {name: tables[name].collect() for name in STAGE_TABLES}
    assert all(frame.schema == STAGE_TABLES[name].schema for name, frame in made.items())
    return made
