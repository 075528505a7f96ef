"""网格员上报的困难: a grid worker reported difficulty, and no visit has settled it since (困难发现)."""

from rules.warnings._leads import lead_rule

__all__ = ["RULE"]

RULE = lead_rule(
    "grid",
    title="网格员上报困难",
    title_en="A grid worker reported difficulty",
    found="网格员上报有困难，尚无走访结论",
    question="网格员反映这户有困难：情况是否属实？家中收入、看病、上学、照护各有什么压力？",
)
