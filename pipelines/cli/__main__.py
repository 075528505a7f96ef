"""`python -m pipelines.cli` is `doudi`."""

from pipelines.cli import main

main()
