--[[
Notes that a run of reconcile has read all of the table, and looks for what the table does not have.

KEYS[1] reconcile  hash    the run
ARGV[1] owner      text

Returns  1
Errors   RECONCILE: nothing was written
]]
local reconcile_key = KEYS[1]
local owner = ARGV[1]

local found, segments = unpack(redis.call('HMGET', reconcile_key, 'owner', 'segments'))
if found ~= owner then
  return redis.error_reply('RECONCILE the run is another process\'s, or gone')
end
for segment = 0, tonumber(segments) - 1 do
  if redis.call('HGET', reconcile_key, 'cursor:' .. segment) ~= 'end' then
    return redis.error_reply('RECONCILE the run has not read all of the table')
  end
end
redis.call('HSET', reconcile_key, 'sweeping', '1')
return 1
