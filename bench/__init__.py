"""Measurements: our work against the same bytes moved by bare Polars. No assertions; ratios travel between machines."""
