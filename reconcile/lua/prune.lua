--[[
Forgets items that were removed so long ago that no stream record of them can still come.

KEYS[1] meta          hash
KEYS[2] totals        hash
KEYS[3] ledger        hash
KEYS[4] groups        hash
KEYS[5] timeline      hash
KEYS[6] ticker        hash
KEYS[7] milestones    hash
KEYS[8] rejected      hash
KEYS[9] reconcile     hash    the run: docs/protocol.md
KEYS[10] recount      hash
KEYS[11] ranks        zset
KEYS[12] recent       hash
ARGV[1] request       JSON    items: their keys; before: seconds since 1970

Returns  how many were forgotten
Errors   LOST: nothing was written
]]
local meta_key, totals_key, ledger_key, groups_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local timeline_key, ticker_key, milestones_key, rejected_key = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local reconcile_key, recount_key, ranks_key, recent_key = KEYS[9], KEYS[10], KEYS[11], KEYS[12]
local request = cjson.decode(ARGV[1])

-- include: seal
-- include: renew
-- include: entry

local epoch, sealed = unpack(redis.call('HMGET', meta_key, 'epoch', 'sizes'))
if is_lost(epoch, sealed) then return redis.error_reply(LOST) end

local forgotten = 0
for _, item in ipairs(request.items) do
  local entry = redis.call('HGET', ledger_key, item)
  if entry and read_head(entry) == REMOVED then
    -- The time is an entry's last four bytes.
    if unpack_entry(SINCE, entry, #entry - 3) < request.before then
      forgotten = forgotten + redis.call('HDEL', ledger_key, item)
    end
  end
end
if forgotten > 0 then renew_seal() end
return forgotten
