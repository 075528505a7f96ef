"""Need, scored: declared features, a transparent scorecard. Suspected error is never scored."""
