"""The computation of an edition: pure functions from what is known at `as_of` to the list and its warnings."""
