-- Ledger entries: kind, stream's number, sequence number in base 2^48, the board's version at the last
-- change; then, if counted, group, bucket and one value per measure; else the time in seconds.

local REMOVED, COUNTED, REJECTED = 0, 1, 2
-- Added to the kind of an entry whose sequence number has three digits in base 2^48.
local LONG = 8
local HEAD, LONG_HEAD = '>BBI6I6I4', '>BBI6I6I6I4'
local PLACE, VALUE, SINCE = '>I3I4', '>i5', '>I4'
local pack, unpack_entry = struct.pack, struct.unpack

-- Returns kind, stream, the sequence number's three digits, version, and where the rest begins.
local function read_head(entry)
  local kind, stream, high, middle, low, version, at = string.byte(entry)
  if kind >= LONG then
    kind, stream, high, middle, low, version, at = unpack_entry(LONG_HEAD, entry)
    return kind - LONG, stream, high, middle, low, version, at
  end
  kind, stream, middle, low, version, at = unpack_entry(HEAD, entry)
  return kind, stream, 0, middle, low, version, at
end
