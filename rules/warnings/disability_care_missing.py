"""重度残疾人护理补贴应享未享: a severe grade, and the nursing allowance is not paid (困难发现)."""

from rules.warnings._allowances import missing_rule

__all__ = ["RULE"]

RULE = missing_rule(
    "disability_care_missing",
    "disability_care",
    title="重度残疾人护理补贴应享未享",
    title_en="Severely disabled and not receiving the nursing allowance",
    legal_basis="国发〔2015〕52号",
    question="家中有没有人需要别人长期照护：平时由谁照护？护理方面的补贴是否收到？是否需要代办？",
)
