"""Tests that drive several rooms together, on real databases and real files."""
