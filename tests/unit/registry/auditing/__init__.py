"""Tests of the auditor's workbench."""
