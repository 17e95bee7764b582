--[[
Begins a recount: a reconcile run adds up the ledger as it is now, while the stream continues. From
here on, the entries that a batch changes are kept in `recount` as they were before.

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
ARGV[1] owner         text
ARGV[2] name          text    this recount's name: mend.lua applies each recount only once

Returns  {totals, groups, timeline, recent as {field, value, ...}; ranks as {group, score, ...};
         meta's step, recent_floor and recent_until}
Errors   RECONCILE, LOST: nothing was written
]]
local meta_key, totals_key, ledger_key, groups_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local timeline_key, ticker_key, milestones_key, rejected_key = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local reconcile_key, recount_key, ranks_key, recent_key = KEYS[9], KEYS[10], KEYS[11], KEYS[12]
local owner, name = ARGV[1], ARGV[2]

-- include: seal
-- include: renew

if redis.call('HGET', reconcile_key, 'owner') ~= owner then
  return redis.error_reply('RECONCILE another process took over the run before its recount, or it is gone')
end
local epoch, sealed = unpack(redis.call('HMGET', meta_key, 'epoch', 'sizes'))
if is_lost(epoch, sealed) then return redis.error_reply(LOST) end
redis.call('UNLINK', recount_key)
redis.call('HSET', meta_key, 'recounting', name)
renew_seal()
return {
  redis.call('HGETALL', totals_key),
  redis.call('HGETALL', groups_key),
  redis.call('HGETALL', timeline_key),
  redis.call('HGETALL', recent_key),
  redis.call('ZRANGE', ranks_key, 0, -1, 'WITHSCORES'),
  redis.call('HMGET', meta_key, 'step', 'recent_floor', 'recent_until'),
}
