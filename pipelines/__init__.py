"""Dagster wiring and the command line: what runs when, and what a person types."""
