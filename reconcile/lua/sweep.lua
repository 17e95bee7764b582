--[[
Notes that a reconcile run has read the whole table, and now looks for items that the table lacks.

KEYS[1] reconcile  hash    the run
ARGV[1] owner      text

Returns  1
Errors   RECONCILE: nothing was written
]]
local reconcile_key = KEYS[1]
local owner = ARGV[1]

local found, segments = unpack(redis.call('HMGET', reconcile_key, 'owner', 'segments'))
if found ~= owner then
  return redis.error_reply('RECONCILE another process took over the run, or it is gone')
end
for segment = 0, tonumber(segments) - 1 do
  if redis.call('HGET', reconcile_key, 'cursor:' .. segment) ~= 'end' then
    return redis.error_reply('RECONCILE the run has not read the whole table')
  end
end
redis.call('HSET', reconcile_key, 'sweeping', '1')
return 1
