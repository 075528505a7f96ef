"""The errors of `scoring/`.

DoudiError
└── ScoringError
    ├── ForbiddenFeatureError   a feature reads what no score may know
    ├── FeatureSpecError        features and scorecard do not fit each other
    └── TrainingError           there is too little to learn from, or a table does not fit the spec
"""

from schemas.errors import DoudiError

__all__ = ["FeatureSpecError", "ForbiddenFeatureError", "ScoringError", "TrainingError"]


class ScoringError(DoudiError):
    """Base of the errors of this room."""


class ForbiddenFeatureError(ScoringError):
    """A feature is, or is made from, something that no score may know."""


class FeatureSpecError(ScoringError):
    """A feature is declared twice, or has no points."""


class TrainingError(ScoringError):
    """There is too little to learn from, or the table does not fit the feature spec."""
