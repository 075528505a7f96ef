"""Forms that staff fill in: read by the same contracts as deliveries, but never delivered into `landing/`.

What belongs here: one module a form, found by `schemas.contract.contract_of`.
"""
