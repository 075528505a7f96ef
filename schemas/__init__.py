"""The contracts: every column once, feeds, tables, code lists, identifiers, reading by a contract."""
