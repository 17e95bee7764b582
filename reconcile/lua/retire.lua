--[[
Forgets groups that a recount found empty and that are still empty; their numbers are reused. Only a
recount can tell that no entry has a number, because somebody may have changed the totals.

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
ARGV[1] request       JSON    owner: the run's owner; groups: their names

Returns  how many were forgotten
Errors   RECONCILE, LOST: nothing was written
]]
local meta_key, totals_key, ledger_key, groups_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local timeline_key, ticker_key, milestones_key, rejected_key = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local reconcile_key, recount_key, ranks_key, recent_key = KEYS[9], KEYS[10], KEYS[11], KEYS[12]
local request = cjson.decode(ARGV[1])

-- include: seal
-- include: renew

if redis.call('HGET', reconcile_key, 'owner') ~= request.owner then
  return redis.error_reply('RECONCILE another process took over the run after its recount, or it is gone')
end
local epoch, sealed = unpack(redis.call('HMGET', meta_key, 'epoch', 'sizes'))
if is_lost(epoch, sealed) then return redis.error_reply(LOST) end

local free, forgotten = redis.call('HGET', groups_key, 'free') or '0', 0
for _, group in ipairs(request.groups) do
  local number = redis.call('HGET', groups_key, '=' .. group)
  if number and not redis.call('HGET', totals_key, group .. ':count') then
    redis.call('HDEL', groups_key, '=' .. group)
    redis.call('HSET', groups_key, '#' .. number, '>' .. free, 'free', number)
    free, forgotten = number, forgotten + 1
  end
end
renew_seal()
return forgotten
