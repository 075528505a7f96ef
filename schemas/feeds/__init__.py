"""One file a feed: the contract with a department. Nothing else belongs here."""
