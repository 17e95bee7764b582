--[[
Renews the lease of a reconcile run's owner, or, with a lease of 0, gives the run up.

KEYS[1] reconcile  hash    the run
ARGV[1] owner      text
ARGV[2] lease_ms   text    milliseconds from now

Returns  1; 0 if the run belongs to another owner or is gone
]]
local reconcile_key = KEYS[1]
local owner, lease_ms = ARGV[1], ARGV[2]

if redis.call('HGET', reconcile_key, 'owner') ~= owner then return 0 end
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', reconcile_key, 'heard_ms', string.format('%.0f', now_ms),
  'lease_until_ms', string.format('%.0f', now_ms + lease_ms))
return 1
