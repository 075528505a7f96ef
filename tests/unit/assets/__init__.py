"""Tests of the assets, by module."""
