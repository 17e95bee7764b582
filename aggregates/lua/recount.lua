--[[
Has a run of reconcile add the ledger up as it is now, while the stream goes on: from here on, what a
batch changes in the ledger is kept as it was before.

KEYS[1] meta       hash
KEYS[2] totals     hash
KEYS[3] groups     hash
KEYS[4] timeline   hash
KEYS[5] reconcile  hash    the run
KEYS[6] recount    hash    item key -> its entry as it is now; empty: it has none
ARGV[1] owner      text
ARGV[2] name       text    of this recount: mend.lua corrects by each only once

Returns  {totals, groups, timeline as {field, value, ...}}
Errors   RECONCILE: nothing was written
]]
local meta_key, totals_key, groups_key, timeline_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local reconcile_key, recount_key = KEYS[5], KEYS[6]
local owner, name = ARGV[1], ARGV[2]

if redis.call('HGET', reconcile_key, 'owner') ~= owner then
  return redis.error_reply('RECONCILE the run that adds up is another process\'s, or gone')
end
redis.call('UNLINK', recount_key)
redis.call('HSET', meta_key, 'recounting', name)
return {
  redis.call('HGETALL', totals_key),
  redis.call('HGETALL', groups_key),
  redis.call('HGETALL', timeline_key),
}
