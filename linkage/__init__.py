"""Who is who: person keys, corrected numbers, families and duties of support."""
