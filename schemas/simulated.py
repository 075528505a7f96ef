"""The mark of deliveries that are made up: one file at the root of the landing folder.

What belongs here: its name. Samples write it, intake passes it over, and the input set of an edition says that it was
there; so whoever reads a list, a page or a model knows that nobody in it exists.
"""

__all__ = ["SIMULATED", "SIMULATED_FILE"]

SIMULATED_FILE = "SIMULATED.json"
"""Lies beside the folders of the feeds; says in JSON how the deliveries were made."""

SIMULATED = "simulated"
"""Name under which an input set and a model say so."""
