--[[
Forgets items that were removed so long ago that no record of them can come any more.

KEYS[1] ledger   hash
ARGV[1] request  JSON    items: their keys; before: seconds since 1970

Returns  how many were forgotten
]]
local ledger_key = KEYS[1]
local request = cjson.decode(ARGV[1])

local REMOVED, LONG = 0, 8
local forgotten = 0
for _, item in ipairs(request.items) do
  local entry = redis.call('HGET', ledger_key, item)
  if entry and string.byte(entry) % LONG == REMOVED then
    -- The time is an entry's last four bytes.
    if struct.unpack('>I4', entry, #entry - 3) < request.before then
      forgotten = forgotten + redis.call('HDEL', ledger_key, item)
    end
  end
end
return forgotten
