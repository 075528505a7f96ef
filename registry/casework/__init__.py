"""Casework: from a warning to its end. Cases, visits, objections, measures, each an append-only record with a state.

What belongs here: what may happen to a case, by whom, and reading how it stands. Pages and commands call these
functions and add nothing to what is allowed. What an edition is made from stands elsewhere: a visit comes back into it
as a delivery (`feed`) and as decisions (`verdicts`).
"""
