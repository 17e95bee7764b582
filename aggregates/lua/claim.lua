--[[
Makes a process the owner of the one run of reconcile that a board may have: of a new one, or of one
whose owner is gone. Makes the board's keys where there are none. A board that was counted under
another definition, or under nearly as many streams as entries can name, is emptied first.

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
ARGV[1] claim         JSON    definition, epoch (for a board without keys), server, segments, owner,
                              holder, lease_ms, resume_ms (a run is gone on with that was heard of
                              within so long), at

Returns  the run's fields and values: of the new owner, or of the one whose lease has not run out.
         Without started_version, it has yet to begin
]]
local meta_key, totals_key, ledger_key, groups_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local timeline_key, ticker_key, milestones_key, rejected_key = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local reconcile_key, recount_key = KEYS[9], KEYS[10]
local claim = cjson.decode(ARGV[1])

-- Entries name a stream by one byte.
local MOST_STREAMS = 200

local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local run = {}
local fields = redis.call('HGETALL', reconcile_key)
for i = 1, #fields, 2 do run[fields[i]] = fields[i + 1] end
if run.owner and tonumber(run.lease_until_ms) > now_ms then return fields end

local epoch, version, definition, streams =
  unpack(redis.call('HMGET', meta_key, 'epoch', 'version', 'definition', 'streams'))
local _, commas = string.gsub(streams or '', ',', ',')
if definition and definition ~= claim.definition or commas >= MOST_STREAMS then
  redis.call('DEL', meta_key, totals_key, groups_key, timeline_key, ticker_key, milestones_key,
    rejected_key, reconcile_key)
  redis.call('UNLINK', ledger_key, recount_key)
  epoch, run = nil, {}
end
if not epoch then
  epoch, version = claim.epoch, '0'
  redis.call('HSET', meta_key, 'epoch', epoch, 'version', version, 'definition', claim.definition,
    'at', claim.at)
end

-- What another has read holds only while no data was lost since, and not for ever: a batch may have
-- been given up meanwhile.
local goes_on = run.started_version and run.epoch == epoch and run.server == claim.server and
  run.segments == tostring(claim.segments) and tonumber(run.started_version) <= tonumber(version) and
  tonumber(run.heard_ms) + claim.resume_ms > now_ms
if not goes_on then
  redis.call('DEL', reconcile_key)
  redis.call('HSET', reconcile_key, 'epoch', epoch, 'segments', claim.segments, 'items', 0)
end
redis.call('HDEL', meta_key, 'recounting')
redis.call('UNLINK', recount_key)
redis.call('HSET', reconcile_key, 'owner', claim.owner, 'holder', claim.holder, 'claimed_at', claim.at,
  'heard_ms', string.format('%.0f', now_ms), 'lease_until_ms', string.format('%.0f', now_ms + claim.lease_ms))
return redis.call('HGETALL', reconcile_key)
