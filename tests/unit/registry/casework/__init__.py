"""Tests of casework: from a warning to its end."""
