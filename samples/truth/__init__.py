"""The ground truth: who belongs to which group and family at each month end, from the world alone.

What belongs here: a second, independent reading of the definitions (docs/adr/0002-precise-readings.md).
It shares no code with the product and never sees a file.
"""

from samples.truth.groups import Truth
from samples.truth.record import write_truth

__all__ = ["Truth", "write_truth"]
