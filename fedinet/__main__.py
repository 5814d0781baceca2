"""``fedinet`` and ``python -m fedinet``."""

from fedinet.cli.root import cli


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 refused, 2 wrong usage."""
    cli()


if __name__ == "__main__":
    main()
