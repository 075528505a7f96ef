"""The staff pages: what was delivered, what the edition says, and by which rule.

What belongs here: server-rendered pages over `registry.queries`, and who may see which. Nothing is
computed here, nobody's identity is shown here, and no other room knows FastAPI.
"""
