"""Shared by the two groups about aid (domain line 8): one window over the people who benefited from payments."""

import narwhals as nw

from rules.base import Frame, RuleContext
from rules.frames import as_hits, day_text, inside, people, shifted

__all__ = ["aid_hits"]


def aid_hits(context: RuleContext, rule_id: str, kinds: list[str], months: int) -> Frame:
    """Hits of everybody who belonged to the recipient's family on the day of a payment of these kinds.

    The payments are net of reversals, and who belonged to the family on that day is settled, by the
    table `aid_beneficiaries`.
    """
    paid = context.table("aid_beneficiaries").filter(
        nw.col("aid_kind").is_in(kinds),
        inside("dated_on", context.as_of, months, "mo"),
    )
    return as_hits(
        paid.join(people(context), on="person_key", how="inner"),
        rule_id,
        basis=nw.concat_str(nw.lit("aid_"), nw.col("aid_kind")),
        evidence_on="dated_on",
        valid_until=shifted("dated_on", months, "mo"),
        evidence_fen="amount_fen",
        evidence_key=nw.concat_str(nw.col("aid_kind"), nw.lit(":"), day_text("dated_on")),
    )
