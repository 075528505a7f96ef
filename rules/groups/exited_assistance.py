"""近三年内退出救助的对象: the last merged spell on the register ended within the window (domain line 6)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import SOURCE_COLUMNS, as_hits, day_text, inside, people, shifted

__all__ = ["RULE"]

_WINDOW = "exited_assistance.window_years"


def _evaluate(context: RuleContext) -> Frame:
    years = context.parameters.integer(_WINDOW)
    # Line 2: spells that continue each other are one, so the last of the merged is the last of all.
    spells = context.table("register_spells").with_columns(
        last_start=nw.col("started_on").max().over("person_key"),
    )
    ended = spells.filter(
        nw.col("started_on") == nw.col("last_start"),
        ~nw.col("on_register"),
        inside("ended_on", context.as_of, years, "y"),
    ).select("person_key", "ended_on", *SOURCE_COLUMNS)
    return as_hits(
        ended.join(people(context), on="person_key", how="inner"),
        "exited_assistance",
        basis="left_the_register_within_window",
        evidence_on="ended_on",
        valid_until=shifted("ended_on", years, "y"),
        evidence_key=day_text("ended_on"),
    )


RULE = Rule(
    id="exited_assistance",
    title="近三年内退出救助的对象",
    title_en="Left assistance within the last three years",
    kind="group",
    legal_basis="国办发〔2023〕39号；滨江区拓展监测六类群体",
    evaluate=_evaluate,
    reads=("members", "register_spells"),
    bases={"left_the_register_within_window": "在监测期内退出低保、特困、低边或刚性支出困难救助，目前不在册"},
    parameters=(_WINDOW, "register.merge_gap_days", "register.rigid_expense_months"),
    lines=(1, 2, 3, 6),
)
