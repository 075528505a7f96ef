"""The sample district: a simulated population, what each department sees of it, and the ground truth.

What belongs here: the world (`world`), the departments' slices and writing habits (`departments`,
`habits`, `writing`, `dirt`), the truth (`truth`) and `generate`. Of our own rooms only `schemas` is
known here: the truth shares no code with the product that it judges. Nothing describes a real person.
"""

from samples.generate import SampleSummary, generate

__all__ = ["SampleSummary", "generate"]
