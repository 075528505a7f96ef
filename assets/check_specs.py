"""Declaring an asset check of one month.

What belongs here: `check_spec` alone. What is checked stands with the assets and in `checks` and `quality`.
"""

import warnings

import dagster as dg

__all__ = ["check_spec"]


def check_spec(
    name: str, *, asset: str, description: str, partitions: dg.PartitionsDefinition[str], blocking: bool = False
) -> dg.AssetCheckSpec:
    """A check whose results are kept by month, so that one month's failure does not hide behind the next."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)  # partitioned checks are a preview of Dagster
        return dg.AssetCheckSpec(
            name, asset=asset, description=description, blocking=blocking, partitions_def=partitions
        )
