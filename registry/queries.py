"""Reading the record: which edition answers, its rows, its counts, and what changed between two of them.

What belongs here: queries without side effects. An unknown street, tier, group or rule is an error, never everybody
and never nobody.
"""




__all__ = [
    "EditionInfo",
    "EditionSummary",
    "changes",
    "current_edition",
    "edition_rows",
    "find_edition",
    "list_rows",
    "previous_edition",
    "summary",
    "warnings_rows",
]
