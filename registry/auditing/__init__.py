"""The auditor's workbench: samples, tests over whole populations, reports and working papers."""
