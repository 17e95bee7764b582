--[[
Makes a process the owner of the one reconcile run that a board may have: a new run, or one whose
owner's lease has expired. Makes the board's keys if there are none. A board is emptied first if it
was counted under another definition, if Redis has lost a part of it, or if it was counted under more
than 200 streams.

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
ARGV[1] claim         JSON    definition, epoch (for a board without keys), server, segments, owner,
                              holder, lease_ms, resume_ms (a run is resumed if its owner was last
                              seen within this time), at

Returns  the run's fields and values: the new owner's, or another's whose lease has not expired.
         Without started_version, the run has not begun
]]
local meta_key, totals_key, ledger_key, groups_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local timeline_key, ticker_key, milestones_key, rejected_key = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local reconcile_key, recount_key, ranks_key, recent_key = KEYS[9], KEYS[10], KEYS[11], KEYS[12]
local claim = cjson.decode(ARGV[1])

-- include: seal
-- include: renew
-- include: clock

-- Ledger entries have one byte for a stream's number, so 255 is the end.
local MOST_STREAMS = 200

-- Keys of another type could not be read.
for _, key in ipairs({ meta_key, reconcile_key }) do
  local type_of = redis.call('TYPE', key).ok
  if type_of ~= 'hash' and type_of ~= 'none' then redis.call('DEL', key) end
end
local now_ms = read_clock_ms()
local run = {}
local fields = redis.call('HGETALL', reconcile_key)
for i = 1, #fields, 2 do run[fields[i]] = fields[i + 1] end
if run.owner and tonumber(run.lease_until_ms) > now_ms then return fields end

local epoch, version, definition, streams, sealed =
  unpack(redis.call('HMGET', meta_key, 'epoch', 'version', 'definition', 'streams', 'sizes'))
local _, commas = string.gsub(streams or '', ',', ',')
if is_lost(epoch, sealed) or definition and definition ~= claim.definition or
  commas >= MOST_STREAMS then
  redis.call('DEL', meta_key, totals_key, groups_key, timeline_key, ticker_key, milestones_key,
    rejected_key, reconcile_key, ranks_key, recent_key)
  redis.call('UNLINK', ledger_key, recount_key)
  epoch, run = nil, {}
end
if not epoch then
  epoch, version = claim.epoch, '0'
  redis.call('HSET', meta_key, 'epoch', epoch, 'version', version, 'definition', claim.definition,
    'at', claim.at)
end

-- What another process has read is valid only if no data was lost since, and only for a limited time: a
-- batch may have been given up meanwhile.
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
renew_seal()
return redis.call('HGETALL', reconcile_key)
