"""The form of the names of boards and measures."""

import re

# A name is part of Redis keys, fields and addresses.
NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
