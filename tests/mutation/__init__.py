"""Mutation testing of the law: small slips are put into `rules/`, and the cases or tests must notice each.

What belongs here: making mutants, running the cases and tests against each in one process, and comparing those that
nobody noticed with `survivors.yaml`, where each is justified.
"""
