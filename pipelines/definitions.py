"""The code location that Dagster loads: this installation's definitions, and nothing else."""

from pipelines.build import build_definitions
from schemas.settings import settings

__all__ = ["defs"]

defs = build_definitions(settings())
