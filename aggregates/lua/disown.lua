--[[
Notes that records were skipped that a board should count: the totals are no longer proven, and a
reconcile run that may have read the table before those records starts over.

KEYS[1] meta       hash
KEYS[2] reconcile  hash    the run that reads the table, if any

Returns  1 if totals were proven or a run was active, else 0
]]
local meta_key, reconcile_key = KEYS[1], KEYS[2]
return math.max(redis.call('HDEL', meta_key, 'verified_server'), redis.call('DEL', reconcile_key))
