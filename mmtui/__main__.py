"""``python -m mmtui``."""

import sys


def main() -> int:
    """Run the command line; returns the exit code."""
    if sys.argv[1:] == ["--version"]:  # the one answer that needs no library
        from mmtui import __version__

        sys.stdout.write(f"mmtui {__version__}\n")
        return 0
    from mmtui.cli import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
