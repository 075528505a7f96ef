"""The pages of the documentation, and the code that makes some of them from the contracts and rules."""
