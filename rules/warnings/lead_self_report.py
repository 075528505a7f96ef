"""自主申报的困难: a family reported its own difficulty, and no visit has settled it since (困难发现)."""

from rules.warnings._leads import lead_rule

__all__ = ["RULE"]

RULE = lead_rule(
    "self_report",
    title="自主申报困难",
    title_en="A family reported its own difficulty",
    found="本人或家庭自主申报困难，尚无走访结论",
    question="您申报了困难：现在最急需解决的是什么？手头还能维持多久？是否需要先行救助？",
)
