"""The version of keys, messages and events."""

# Raise it with any change of a key, a message or an event that an older reader would misread.
SCHEMA = 2
