"""高龄津贴应享未享: old enough for the old-age allowance, registered here, and not paid (困难发现)."""

from rules.warnings._allowances import missing_rule

__all__ = ["RULE"]

RULE = missing_rule(
    "old_age_allowance_missing",
    "old_age",
    title="高龄津贴应享未享",
    title_en="Old enough for the old-age allowance and not receiving it",
    legal_basis="中华人民共和国老年人权益保障法 第三十三条",
    question="老人已到高龄津贴年龄：津贴是否收到？银行卡是否正常？是否需要上门代办？",
)
