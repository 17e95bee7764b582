--[[
Sets items' contributions in a board's ledger, changes its totals by the difference, and publishes
what changed as one message. Applying the same batch again changes nothing.

KEYS[1] meta          hash    epoch, version, definition, streams, ...: docs/protocol.md
KEYS[2] totals        hash    <group>:<measure> -> integer, also for the group ALL
KEYS[3] ledger        hash    item key -> entry: parts/entry.lua
KEYS[4] groups        hash    groups and their numbers in ledger entries: parts/groups.lua
KEYS[5] timeline      hash    <point's start, s>:<measure> -> integer
KEYS[6] ticker        hash    item key -> JSON of what is shown
KEYS[7] milestones    hash    steps in minor units -> when they were reached: parts/milestones.lua
KEYS[8] rejected      hash    item key -> JSON of the reason
KEYS[9] reconcile     hash    the run that reads the table, if any
KEYS[10] recount      hash    item key -> its entry when the recount of the ledger began
KEYS[11] ranks        zset    group -> its value, negative
KEYS[12] recent       hash    <bucket start, s>:<measure> -> integer
ARGV[1] batch         JSON    one column per property, each item in it once: aggregates/batch.py
ARGV[2] channel       text    where to publish

Returns    {board's version, rows applied, rows skipped}
Publishes  a message: docs/protocol.md
Errors     DEFINITION, LOST, STREAMS, GROUPS, RECONCILE, TOTALS: nothing was written
]]
local meta_key, totals_key, ledger_key, groups_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local timeline_key, ticker_key, milestones_key, rejected_key = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local reconcile_key, recount_key, ranks_key, recent_key = KEYS[9], KEYS[10], KEYS[11], KEYS[12]
local batch, channel = cjson.decode(ARGV[1]), ARGV[2]

-- include: seal
-- include: renew
-- include: clock
-- include: chunks
-- include: write
-- include: entry
-- include: totals
-- include: groups
-- include: ranks
-- include: points
-- include: timeline
-- include: milestones
-- include: ticker

local call, format, floor, byte = redis.call, string.format, math.floor, string.byte
-- A message does not list more bytes of totals: its readers must then read Redis.
local MOST_TOLD_BYTES = 262144

-- Check whether the batch may be counted on the board.

local epoch, version, definition, sealed, streams_text, ticker_floor_ms, ticker_floor_key, ticker_id,
  recounting, repairing, stale_before, read_stream, step_seconds, recent_floor, recent_until,
  moved_before =
  unpack(call('HMGET', meta_key, 'epoch', 'version', 'definition', 'sizes', 'streams',
    'ticker_floor_ms', 'ticker_floor_key', 'ticker_id', 'recounting', 'repairing', 'stale_before',
    'read_stream', 'step', 'recent_floor', 'recent_until', 'moved'))
if definition and definition ~= batch.definition then
  return redis.error_reply('DEFINITION the board was counted under the definition ' .. definition ..
    ', this batch under ' .. batch.definition)
end
if is_lost(epoch, sealed) then return redis.error_reply(LOST) end
epoch, definition = epoch or batch.epoch, definition or batch.definition
version = (tonumber(version) or 0) + 1
local now_ms = read_clock_ms()

-- A page of a reconcile is accepted only from the run's owner and at the run's cursor. A page that
-- comes again because its reply was lost is recognized by the cursor. A version below the one before
-- the page was read means that data was lost since then.
local page = batch.page
local page_start, page_end = page and page.start, page and page['end']
if page then
  local owner, cursor = unpack(call('HMGET', reconcile_key, 'owner', page.field))
  local stands = cursor == page_start or cursor == page_end
  if owner ~= page.owner or not stands or version - 1 < batch.guard_version then
    return redis.error_reply('RECONCILE the run that this page belongs to has ended')
  end
  if cursor == page_end then return { version - 1, 0, #batch.keys } end
end

-- Records that are older than a read of the table: the read already included them. There is a column
-- of their times only if some are old enough for it to matter. A record of an earlier stream than the
-- one that the table had when it was read is older too. No record tells what changed between two
-- streams.
local made_at = batch.created_seconds
local run_stale_before, run_started, is_sweeping, run_stream =
  unpack(call('HMGET', reconcile_key, 'stale_before', 'started_version', 'sweeping', 'read_stream'))
stale_before, run_stale_before = tonumber(stale_before) or 0, tonumber(run_stale_before) or 0
run_started = tonumber(run_started)
local is_stale = batch.stream and batch.stream < (tonumber(read_stream) or 0)
local is_stale_to_run = batch.stream and batch.stream < (tonumber(run_stream) or 0)

-- Streams are numbered in the order in which they appear; of two streams, the younger has the newer
-- record.
local streams, stream = {}, 0
for created in string.gmatch(streams_text or '', '%d+') do
  streams[#streams + 1] = tonumber(created)
  if streams[#streams] == batch.stream then stream = #streams end
end
if stream == 0 and batch.stream then
  streams[#streams + 1] = batch.stream
  stream = #streams
  streams_text = (streams_text and streams_text .. ',' or '') .. format('%.0f', batch.stream)
  if stream > 255 then
    return redis.error_reply('STREAMS the ledger knows 255 streams already: reconcile the board')
  end
end

-- The rows. Nothing is written in this part.

local names = { 'count' }
for _, measure in ipairs(batch.measures) do names[#names + 1] = measure end
local values, width = batch.values, #names
local numbers, new_groups, too_many = number_groups(batch.group_names)
if too_many then return redis.error_reply('GROUPS the board has more groups than can be numbered') end
local group_names = {}
for i, name in ipairs(batch.group_names) do group_names[numbers[i]] = name end

local ticker = batch.ticker_capacity and read_ticker(ticker_floor_ms, ticker_floor_key, ticker_id)
local attributes_of = {}
for i, row in ipairs(batch.shown_rows) do attributes_of[row] = batch.shown[i] end

-- An item dated in the future is shown as of now, or it would stay on top. A reconcile, which finds it
-- again and again, does not add it to the ticker.
local function show(row, key, ms)
  if ms > now_ms then
    local was = ticker.items[key]
    if page and not was then return end
    ms = was and math.min(was.ms, now_ms) or now_ms
  end
  show_item(ticker, key, ms, attributes_of[row])
end

local keys, groups, times = batch.keys, batch.groups, batch.times
local high, middle, low = batch.high, batch.middle, batch.low
local guard_version, bucket_seconds = batch.guard_version, batch.bucket_seconds
local entries, before, rejected, cleared = {}, {}, {}, {}
local group_deltas, bucket_deltas = {}, {}
local applied, moved = 0, 0
local olds = hmget(ledger_key, keys)

for i = 1, #keys do
  local key, old, group = keys[i], olds[i], groups[i]
  local row_stream, row_high, row_middle, row_low = stream, high and high[i] or 0, middle[i], low[i]
  local newer, entry_version = true, version
  local old_kind, old_version, at
  if old then
    local old_stream, old_high, old_middle, old_low
    old_kind, old_stream, old_high, old_middle, old_low, old_version, at = read_head(old)
    if guard_version then
      -- A scan shows what the table held after guard_version was read, but not the sequence number.
      -- An item changed since then is newer in the ledger; the others keep their sequence number.
      newer = old_version <= guard_version
      row_stream, row_high, row_middle, row_low = old_stream, old_high, old_middle, old_low
    elseif old_stream ~= stream then
      newer = old_stream == 0 or streams[old_stream] < batch.stream
    elseif old_high ~= row_high then
      newer = old_high < row_high
    elseif old_middle ~= row_middle then
      newer = old_middle < row_middle
    else
      newer = old_low < row_low
    end
  end

  if is_stale or made_at and made_at[i] < stale_before then
    newer = false -- the proven totals have it already
  elseif is_stale_to_run or made_at and made_at[i] < run_stale_before then
    if old and old_version > run_started or is_sweeping and (not old or old_kind == REMOVED) then
      newer = false -- the run has read this item, or the whole table without it
    else
      -- The run has yet to read this item, and must not think that the ledger is newer.
      entry_version = old_version or run_started
    end
  end

  -- A page's item that is outside the board and was not counted. Without this, other kinds of items
  -- in the table would fill the ledger with tombstones that never expire.
  if guard_version and group == 0 and (not old or old_kind == REMOVED) then newer = false end

  if newer then
    applied = applied + 1
    local old_bucket, old_value
    if old_kind == COUNTED then
      local number
      number, old_bucket, at = unpack_entry(PLACE, old, at)
      add(group_deltas, number, 1, -1, width)
      if bucket_seconds then add(bucket_deltas, old_bucket, 1, -1, width) end
      for m = 2, width do
        local value
        value, at = unpack_entry(VALUE, old, at)
        add(group_deltas, number, m, -value, width)
        if bucket_seconds then add(bucket_deltas, old_bucket, m, -value, width) end
        old_value = old_value or value
      end
    elseif old_kind == REJECTED and group ~= -1 then
      cleared[#cleared + 1] = key
    end

    local kind = group > 0 and COUNTED or group == 0 and REMOVED or REJECTED
    local entry
    if row_high > 0 then
      entry = pack(LONG_HEAD, kind + LONG, row_stream, row_high, row_middle, row_low, entry_version)
    else
      entry = pack(HEAD, kind, row_stream, row_middle, row_low, entry_version)
    end
    if kind == COUNTED then
      local number, ms = numbers[group], times[i]
      local bucket = bucket_seconds and floor(ms / 1000 / bucket_seconds) or 0
      entry = entry .. pack(PLACE, number, bucket)
      add(group_deltas, number, 1, 1, width)
      if bucket_seconds then add(bucket_deltas, bucket, 1, 1, width) end
      for m = 2, width do
        local value = values[m - 1][i]
        entry = entry .. pack(VALUE, value)
        add(group_deltas, number, m, value, width)
        if bucket_seconds then add(bucket_deltas, bucket, m, value, width) end
      end
      -- This looks like a running total: the same item, with a later time and a higher value.
      if old_value and not page and bucket > old_bucket and values[1][i] > old_value then
        moved = moved + 1
      end
      if ticker then show(i, key, ms) end
    else
      entry = entry .. pack(SINCE, batch.at_seconds)
      if kind == REJECTED then
        rejected[#rejected + 1] = key
        rejected[#rejected + 1] = batch.reasons[tostring(i)]
      end
      if ticker then hide_item(ticker, key) end
    end
    entries[#entries + 1] = key
    entries[#entries + 1] = entry
    before[#before + 1] = old or ''
  end
end

-- Totals and timeline are computed before anything is written: a value in Redis that cannot be added
-- to refuses the batch.

if not name_groups(group_names, group_deltas) then return redis.error_reply(LOST) end
local all, all_problem, problem = {}, nil, nil
for i = 1, width do all[i] = 0 end
for _, delta in pairs(group_deltas) do
  for i = 1, width do all[i] = all[i] + delta[i] end
end
local total_plan, all_plan
total_plan, problem = plan_deltas(totals_key, group_deltas, names, function(number)
  return group_names[number]
end)
all_plan, all_problem = plan_deltas(totals_key, { ALL = all }, names, tostring)
problem = problem or all_problem
for _, change in ipairs(all_plan) do total_plan[#total_plan + 1] = change end

local timeline_plan, recent_plan, is_wider
local known_floor = tonumber(recent_floor)
if bucket_seconds then
  step_seconds = tonumber(step_seconds) or bucket_seconds
  recent_floor = floor((now_ms / 1000 - RECENT_SECONDS) / bucket_seconds) * bucket_seconds
  recent_floor = math.max(recent_floor, known_floor or 0)
  local until_seconds = tonumber(recent_until) or math.huge
  local points, recent =
    split_deltas(bucket_deltas, bucket_seconds, step_seconds, recent_floor, until_seconds, width)
  local points_problem, recent_problem
  timeline_plan, points_problem = plan_deltas(timeline_key, points, names, name_start)
  recent_plan, recent_problem = plan_deltas(recent_key, recent, names, name_start)
  problem = problem or points_problem or recent_problem
end

if problem then return redis.error_reply(problem) end

-- The script writes from here on. HSET comes first, because Redis refuses it when out of memory.

if page then
  call('HSET', reconcile_key, page.field, page_end)
  call('HINCRBY', reconcile_key, 'items', page.items)
end
if applied == 0 then
  return { version - 1, 0, #keys }
end
local version_text = format('%.0f', version)
call('HSET', meta_key, 'epoch', epoch, 'version', version_text, 'definition', definition, 'at', batch.at)
if streams_text then call('HSET', meta_key, 'streams', streams_text) end
if batch.created then call('HSET', meta_key, 'created', batch.created) end
if moved > 0 then
  moved_before = format('%.0f', (tonumber(moved_before) or 0) + moved)
  call('HSET', meta_key, 'moved', moved_before)
end
if recounting then
  for i, old in ipairs(before) do call('HSETNX', recount_key, entries[2 * i - 1], old) end
end
write('HSET', groups_key, new_groups)
write('HSET', ledger_key, entries)
write('HSET', rejected_key, rejected)
write('HDEL', rejected_key, cleared)

local message = {
  '{"schema":', batch.schema, ',"board":', cjson.encode(batch.board), ',"epoch":"', epoch,
  '","version":', version_text, ',"at":"', batch.at, '"',
}
local function append(text) message[#message + 1] = text end
if batch.created then append(',"created":"' .. batch.created .. '"') end
if moved > 0 then append(',"moved":' .. moved_before) end

local members = carry_out(totals_key, total_plan, names)
local told, told_numbers = table.concat(members, ','), tell_numbers(total_plan)
if #told > MOST_TOLD_BYTES then
  -- The total of ALL is planned last.
  told, told_numbers = members[#members], ''
  append(',"is_partial":true')
end
append(',"totals":{' .. told .. '},"numbers":{' .. told_numbers .. '}')
local rank_index = 1
for i, name in ipairs(names) do
  if name == batch.rank then rank_index = i end
end
rank_groups(total_plan, rank_index)
append(format(',"group_count":%.0f', call('ZCARD', ranks_key)))
if page then
  for _, change in ipairs(total_plan) do
    for i = 1, width do
      if change.delta[i] ~= 0 then
        call('HINCRBY', reconcile_key, 'drift:' .. change.fields[i], format('%.0f', change.delta[i]))
      end
    end
  end
end

if bucket_seconds then
  timeline_plan, step_seconds, is_wider =
    fit_plan(timeline_plan, batch.steps, step_seconds, batch.most_points, names)
  if is_wider then call('DEL', timeline_key) end
  local points = carry_out(timeline_key, timeline_plan, names)
  local buckets = carry_out(recent_key, recent_plan, names)
  prune_recent(known_floor, recent_floor, bucket_seconds, names)
  local bound = bound_recent(names)
  if bound then call('HSET', meta_key, 'recent_until', name_start(bound)) end
  call('HSET', meta_key, 'step', format('%.0f', step_seconds), 'recent_floor', name_start(recent_floor))
  append(format(',"step":%.0f', step_seconds))
  append(',"timeline":{' .. table.concat(points, ',') .. '}')
  append(',"recent":{' .. table.concat(buckets, ',') .. '}')
end

if ticker then append(write_ticker(ticker, batch.ticker_capacity)) end

-- While a run repairs totals they pass through values that never existed: its end checks the goal.
if batch.goal and not page and not repairing then
  local total = tonumber(call('HGET', totals_key, 'ALL:' .. batch.goal.measure) or 0)
  append(follow_milestones(batch.goal, total, batch.at, now_ms))
end

append(format(',"rejected":%.0f}', call('HLEN', rejected_key)))
renew_seal()
call('PUBLISH', channel, table.concat(message))
return { version, applied, #keys - applied }
