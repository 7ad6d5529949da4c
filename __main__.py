"""Entry point: answers `--version` before anything else is loaded, then hands over to the commands."""

import sys


def main() -> None:
    """Run the command line; exits with the documented codes."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from . import __version__

        sys.stdout.write(f"perfsmith {__version__}\n")
        sys.exit(0)
    from .cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
