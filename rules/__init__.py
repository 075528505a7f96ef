"""The law: dated parameters with citations, one module per group or warning, tiers, classes, scenarios."""
