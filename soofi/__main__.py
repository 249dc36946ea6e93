"""`python -m soofi` is the same as `soofi`."""

from soofi.cli import main

if __name__ == "__main__":
    main()
