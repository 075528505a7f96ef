"""The simulated district: who lives there and what happens to them, month by month.

What belongs here: the state and the steps of the simulation. Nothing here knows files or headings.
"""

from samples.world.simulate import simulate
from samples.world.state import World

__all__ = ["World", "simulate"]
