"""困难残疾人生活补贴应享未享: disabled, on a programme that entitles, and not paid (困难发现)."""

from rules.warnings._allowances import missing_rule

__all__ = ["RULE"]

RULE = missing_rule(
    "disability_living_missing",
    "disability_living",
    title="困难残疾人生活补贴应享未享",
    title_en="Disabled, assisted, and not receiving the living allowance",
    legal_basis="国发〔2015〕52号",
    question="应当按月领取的生活补贴是否收到？银行卡是否正常？是否需要代办？",
)
