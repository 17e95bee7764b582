"""The limits of a query. docs/explore.md names them."""

DEFAULT_ROWS = 1_000
MAX_ROWS = 10_000
DEFAULT_TIMEOUT_MS = 2_000
MAX_TIMEOUT_MS = 10_000
DEFAULT_AT_ONCE = 4
MAX_AT_ONCE = 32
# An answer has at most this many bytes; the rows after them are left out, and it says so.
MAX_ANSWER_BYTES = 10_000_000
# Of the whole body: in JSON, a byte of SQL may be six.
MAX_BODY_BYTES = 512 * 1024
BODY_SECONDS = 10.0
MAX_PARAMETERS = 50
