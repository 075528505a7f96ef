"""热线反映的困难: a call to 12345 told of difficulty, and no visit has settled it since (困难发现)."""

from rules.warnings._leads import lead_rule

__all__ = ["RULE"]

RULE = lead_rule(
    "hotline",
    title="12345热线反映困难",
    title_en="The hotline was told of difficulty",
    found="12345热线反映有困难，尚无走访结论",
    question="热线反映这户有困难：诉求是什么，是否已有部门答复？现在生活能否维持？",
)
