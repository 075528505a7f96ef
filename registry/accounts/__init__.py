"""Accounts of staff: who may sign in, with which password, session or token.

What belongs here: everything about being somebody in the portal. What somebody may do stands in `registry.roles`.
"""
