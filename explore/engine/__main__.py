"""Runs the engine; only the service does so."""

import sys

from explore.engine.child import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
