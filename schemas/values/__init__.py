"""How the text of a cell becomes a value: one reader for each `Kind`.

What belongs here: pure functions from a column of text to values and reason codes. A reader works on
distinct texts where they repeat, so a month of dates is parsed once. Which rows are kept because of
the reasons is decided in `schemas.delivery`.
"""

from schemas.values.cells import Cells, Known, Reading, plain_text
from schemas.values.columns import read_cells
from schemas.values.money import UNITS

__all__ = ["UNITS", "Cells", "Known", "Reading", "plain_text", "read_cells"]
