--[[
Corrects a board's figures to what a recount of the ledger found. Batches that came since changed
ledger and totals alike, so the totals' excess is still the same. The timeline is rebuilt from the
recount's result and the ledger's changes since.

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
ARGV[1] excess        JSON    owner; recount: its name; measures: the board's, count first; rank: the
                              measure that groups are ordered by; totals: a list of {place, measure,
                              number to add as text}; and, if the timeline is wrong, timeline: its
                              step, steps, most_points, bucket_seconds, recent_until (0: no end),
                              points and recent as lists of {start, value of each measure}

Returns  the board's version
Errors   RECONCILE, LOST: nothing was written
]]
local meta_key, totals_key, ledger_key, groups_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local timeline_key, ticker_key, milestones_key, rejected_key = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local reconcile_key, recount_key, ranks_key, recent_key = KEYS[9], KEYS[10], KEYS[11], KEYS[12]
local excess = cjson.decode(ARGV[1])

-- include: seal
-- include: renew
-- include: chunks
-- include: write
-- include: entry
-- include: totals
-- include: points

local version, recounting, epoch, sealed, recent_floor =
  unpack(redis.call('HMGET', meta_key, 'version', 'recounting', 'epoch', 'sizes', 'recent_floor'))
if redis.call('HGET', reconcile_key, 'owner') ~= excess.owner then
  return redis.error_reply('RECONCILE another process took over the run during its recount, or it is gone')
end
if is_lost(epoch, sealed) then return redis.error_reply(LOST) end
-- The call was repeated because its reply was lost.
if recounting ~= excess.recount then return tonumber(version) end

local names, timeline = excess.measures, excess.timeline

for _, correction in ipairs(excess.totals) do
  local place, measure, text = unpack(correction)
  local field = place .. ':' .. measure
  redis.call('HINCRBY', totals_key, field, text)
  redis.call('HINCRBY', reconcile_key, 'drift:' .. field, text)
end
for _, correction in ipairs(excess.totals) do
  local place, measure = unpack(correction)
  if place ~= 'ALL' and (redis.call('HGET', totals_key, place .. ':count') or '0') == '0' then
    redis.call('HDEL', totals_key, place .. ':' .. measure)
    for _, name in ipairs(names) do redis.call('HDEL', totals_key, place .. ':' .. name) end
  end
end

local ranked = {}
local totals = redis.call('HGETALL', totals_key)
for i = 1, #totals, 2 do
  local place, measure = string.match(totals[i], '^(.*):([^:]*)$')
  if measure == excess.rank and place ~= 'ALL' then
    ranked[#ranked + 1] = string.format('%.0f', 0 - (tonumber(totals[i + 1]) or 0))
    ranked[#ranked + 1] = place
  end
end
redis.call('DEL', ranks_key)
write('ZADD', ranks_key, ranked)

if timeline then
  local width, step = #names, timeline.step
  local points, recent = {}, {}
  local floor_seconds = tonumber(recent_floor) or 0
  local until_seconds = timeline.recent_until > 0 and timeline.recent_until or math.huge
  local function put(of, rows)
    for _, row in ipairs(rows) do
      for i = 1, width do add(of, row[1], i, row[i + 1], width) end
    end
  end
  put(points, timeline.points)
  put(recent, timeline.recent)
  -- A changed entry's old contribution is subtracted, and its new one added.
  local function move(entry, sign)
    if not entry or entry == '' then return end
    local kind, _, _, _, _, _, at = read_head(entry)
    if kind ~= COUNTED then return end
    local _, bucket, value
    _, bucket, at = unpack_entry(PLACE, entry, at)
    local start = bucket * timeline.bucket_seconds
    local point, is_recent = start - start % step, start < until_seconds
    for i = 1, width do
      value = 1
      if i > 1 then value, at = unpack_entry(VALUE, entry, at) end
      add(points, point, i, sign * value, width)
      if is_recent then add(recent, start, i, sign * value, width) end
    end
  end
  local kept = redis.call('HGETALL', recount_key)
  local items = {}
  for i = 1, #kept, 2 do
    items[#items + 1] = kept[i]
    move(kept[i + 1], -1)
  end
  for _, entry in pairs(hmget(ledger_key, items)) do move(entry, 1) end
  for start, point in pairs(points) do
    if point[1] == 0 then points[start] = nil end
  end
  for start, bucket in pairs(recent) do
    if bucket[1] == 0 or start < floor_seconds then recent[start] = nil end
  end
  points, step = widen_points(points, timeline.steps, step, timeline.most_points, width)
  redis.call('DEL', timeline_key, recent_key)
  write('HSET', timeline_key, to_fields(points, names))
  write('HSET', recent_key, to_fields(recent, names))
  redis.call('HSET', meta_key, 'step', string.format('%.0f', step))
  if timeline.recent_until > 0 then
    redis.call('HSET', meta_key, 'recent_until', string.format('%.0f', timeline.recent_until))
  else
    redis.call('HDEL', meta_key, 'recent_until')
  end
end

redis.call('HDEL', meta_key, 'recounting')
redis.call('UNLINK', recount_key)
-- Listeners find a version that no message announced, and read everything again.
version = redis.call('HINCRBY', meta_key, 'version', 1)
renew_seal()
return version
