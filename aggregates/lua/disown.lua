--[[
Notes that records were passed over which a board's totals should have: the totals are proven no
more, and a run of reconcile that may have read the table before those records begins again.

KEYS[1] meta       hash
KEYS[2] reconcile  hash    the run that reads the table, if any

Returns  1 where totals were proven or a run was going on, else 0
]]
local meta_key, reconcile_key = KEYS[1], KEYS[2]
return math.max(redis.call('HDEL', meta_key, 'verified_server'), redis.call('DEL', reconcile_key))
