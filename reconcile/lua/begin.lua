--[[
Begins a reconcile run that its owner has claimed. After this, the table is read.

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
ARGV[1] start         JSON    owner, server, at, stale_before (seconds since 1970: the read of the
                              table includes all records made before), read_stream (when the table's
                              stream was made, ms since 1970), may_be_lost (whether Redis may hold
                              older data than before), epoch (the board's new epoch in that case)

Returns  the run's fields and values
Errors   RECONCILE, LOST: nothing was written
]]
local meta_key, totals_key, ledger_key, groups_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local timeline_key, ticker_key, milestones_key, rejected_key = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local reconcile_key, recount_key, ranks_key, recent_key = KEYS[9], KEYS[10], KEYS[11], KEYS[12]
local start = cjson.decode(ARGV[1])

-- include: seal
-- include: renew
-- include: entry

-- Below this, a double has every integer.
local MOST = 9007199254740992

local owner, segments, run_epoch, started =
  unpack(redis.call('HMGET', reconcile_key, 'owner', 'segments', 'epoch', 'started_version'))
local epoch, version, sealed = unpack(redis.call('HMGET', meta_key, 'epoch', 'version', 'sizes'))
if owner ~= start.owner or run_epoch ~= epoch then
  return redis.error_reply('RECONCILE another process took over the run before it began, or it is gone')
end
if is_lost(epoch, sealed) then return redis.error_reply(LOST) end
-- The call was repeated because its reply was lost.
if started then return redis.call('HGETALL', reconcile_key) end

-- The ticker is filled again from the table. Items that it shows stay if they are counted.
redis.call('HDEL', meta_key, 'ticker_floor_ms', 'ticker_floor_key')
local removed = 0
for _, item in ipairs(redis.call('HKEYS', ticker_key)) do
  local entry = redis.call('HGET', ledger_key, item)
  if not entry or read_head(entry) ~= COUNTED then
    removed = removed + redis.call('HDEL', ticker_key, item)
  end
end
-- Listeners find a version that no message announced, and read everything again.
if removed > 0 then version = redis.call('HINCRBY', meta_key, 'version', 1) end
-- A value that is not an integer, or too large, cannot be added to; the recount at the end corrects it.
for _, hash_key in ipairs({ totals_key, timeline_key, recent_key }) do
  local fields = redis.call('HGETALL', hash_key)
  for i = 1, #fields, 2 do
    local value = string.match(fields[i + 1], '^-?%d+$')
    if not value or math.abs(tonumber(value)) >= MOST then
      redis.call('HSET', hash_key, fields[i], '0')
    end
  end
end
-- Totals that are not proven on this server may be wrong until the end, and pass through values that
-- never existed. After a return to older data, the same versions come again with other figures. So they
-- get a new epoch, in which nothing is proven yet.
if start.may_be_lost then
  epoch = start.epoch
  redis.call('HDEL', meta_key, 'verified_at', 'verified_by', 'verified_server', 'drift')
  redis.call('HSET', meta_key, 'repairing', '1', 'epoch', epoch)
end

redis.call('HSET', reconcile_key, 'epoch', epoch, 'server', start.server, 'started_version', version,
  'started_at', start.at, 'stale_before', string.format('%.0f', start.stale_before),
  'read_stream', string.format('%.0f', start.read_stream), 'cursor:sweep', '0')
for segment = 0, tonumber(segments) - 1 do
  redis.call('HSET', reconcile_key, 'cursor:' .. segment, '')
end
renew_seal()
return redis.call('HGETALL', reconcile_key)
