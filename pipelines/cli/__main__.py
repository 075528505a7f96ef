"""`python -m pipelines.cli` is `doudi`."""

from pipelines.cli import main

if __name__ == "__main__":
    main()
