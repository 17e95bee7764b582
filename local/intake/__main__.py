"""`python -m local.intake`: the web app of `make run`, with the sources' addresses beside it."""

import sys

from webapp.__main__ import main

if __name__ == "__main__":
    sys.exit(main("local.intake.app:create_app"))
