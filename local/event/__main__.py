"""`python -m local.event`: the web app of an event, with the display and the crew's pages."""

import sys

from webapp.__main__ import main

if __name__ == "__main__":
    sys.exit(main("local.event.app:create_app"))
