--[[
Begins the one run of reconcile that a board may have, or goes on with one whose owner is gone.
Makes the board's keys where there are none, so that a run has an epoch from its first page on.

KEYS[1] meta       hash
KEYS[2] reconcile  hash    the run: docs/protocol.md
ARGV[1] claim      JSON    definition, epoch (for a board without keys), server, segments, owner,
                           holder, lease_ms, at

Returns  the run's fields and values: of the new owner, or of the one whose lease has not run out
Errors   DEFINITION: nothing was written
]]
local meta_key, reconcile_key = KEYS[1], KEYS[2]
local claim = cjson.decode(ARGV[1])

local epoch, version, definition = unpack(redis.call('HMGET', meta_key, 'epoch', 'version', 'definition'))
if definition and definition ~= claim.definition then
  return redis.error_reply('DEFINITION the board was counted under the definition ' .. definition ..
    ', this run is under ' .. claim.definition)
end
if not epoch then
  epoch, version = claim.epoch, '0'
  redis.call('HSET', meta_key, 'epoch', epoch, 'version', version, 'definition', claim.definition,
    'at', claim.at)
end

local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local run = {}
local fields = redis.call('HGETALL', reconcile_key)
for i = 1, #fields, 2 do run[fields[i]] = fields[i + 1] end
if run.owner and tonumber(run.lease_until_ms) > now_ms then return fields end

-- What another has read holds only while no data was lost since.
local goes_on = run.owner and run.epoch == epoch and run.server == claim.server and
  run.segments == tostring(claim.segments) and tonumber(run.started_version) <= tonumber(version)
if not goes_on then
  redis.call('DEL', reconcile_key)
  redis.call('HSET', reconcile_key, 'epoch', epoch, 'server', claim.server, 'segments', claim.segments,
    'started_version', version, 'started_at', claim.at, 'items', 0, 'cursor:sweep', '0')
  for segment = 0, claim.segments - 1 do redis.call('HSET', reconcile_key, 'cursor:' .. segment, '') end
end
redis.call('HSET', reconcile_key, 'owner', claim.owner, 'holder', claim.holder,
  'lease_until_ms', string.format('%.0f', now_ms + claim.lease_ms))
return redis.call('HGETALL', reconcile_key)
