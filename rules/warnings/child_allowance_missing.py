"""孤儿和事实无人抚养儿童应享未享: no parent can bring the child up, and the basic living is not paid (困难发现)."""

from rules.warnings._allowances import missing_rule

__all__ = ["RULE"]

RULE = missing_rule(
    "child_allowance_missing",
    "orphan",
    title="孤儿和困境儿童基本生活费应享未享",
    title_en="A child whom no parent can bring up, without the basic living",
    legal_basis="国办发〔2010〕54号；民发〔2019〕62号",
    question="孩子现在由谁照护、和谁生活？该有的儿童保障是否已经申请？",
)
