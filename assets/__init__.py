"""Thin Dagster assets, in the order the data takes: feeds, then the stages of an edition, then its publication."""
