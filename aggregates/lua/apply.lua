--[[
Sets items' contributions in a board's ledger, moves its totals by the difference, and publishes
once what changed. Applying the same batch again changes nothing.

KEYS[1] meta          hash    epoch, version, definition, streams, ...: docs/protocol.md
KEYS[2] totals        hash    <group>:<measure> -> integer, also for the group ALL
KEYS[3] ledger        hash    item key -> entry (packed, see below)
KEYS[4] groups        hash    group -> its number in ledger entries
KEYS[5] timeline      hash    <bucket start, s>:<measure> -> integer
KEYS[6] ticker        hash    item key -> JSON of what is shown
KEYS[7] milestones    hash    step, minor units -> when it was reached
KEYS[8] rejected      hash    item key -> JSON of the reason
KEYS[9] reconcile     hash    the run that reads the table, if any
KEYS[10] recount      hash    item key -> its entry when the ledger began to be added up
ARGV[1] batch         JSON    one column per property, each item in it once: aggregates/batch.py
ARGV[2] channel       text    where to publish

Returns    {board's version, rows applied, rows skipped}
Publishes  a message: docs/protocol.md
Errors     DEFINITION, STREAMS, RECONCILE, TOTALS: nothing was written
]]
local meta_key, totals_key, ledger_key, groups_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local timeline_key, ticker_key, milestones_key, rejected_key = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local reconcile_key, recount_key = KEYS[9], KEYS[10]
local batch, channel = cjson.decode(ARGV[1]), ARGV[2]

local call, pack, unpack_entry, byte, format = redis.call, struct.pack, struct.unpack, string.byte, string.format
local floor, concat = math.floor, table.concat

-- Arguments of one call: Lua's stack holds 8,000 values.
local CHUNK = 2000
-- Below this, a double has every integer.
local MOST = 9007199254740992
-- An entry: kind, stream's number, sequence number in base 2^48, board's version at the last touch;
-- then, when counted, group, bucket and one value per measure; else the time in seconds.
local REMOVED, COUNTED, REJECTED = 0, 1, 2
-- Added to the kind of an entry whose sequence number has three digits in base 2^48.
local LONG = 8
local HEAD, LONG_HEAD = '>BBI6I6I4', '>BBI6I6I6I4'
local PLACE, VALUE, SINCE = '>I3I4', '>i5', '>I4'

-- A key of another type raises here, before anything is written.
for _, key in ipairs(KEYS) do
  call('HLEN', key)
end

local epoch, version, definition, streams_text, shown_floor_ms, shown_floor_key, shown_id,
  recounting, repairing, stale_before =
  unpack(call('HMGET', meta_key, 'epoch', 'version', 'definition', 'streams', 'ticker_floor_ms',
    'ticker_floor_key', 'ticker_id', 'recounting', 'repairing', 'stale_before'))
epoch = epoch or batch.epoch
version = (tonumber(version) or 0) + 1
definition = definition or batch.definition
if definition ~= batch.definition then
  return redis.error_reply('DEFINITION the board was counted under the definition ' .. definition ..
    ', this batch under ' .. batch.definition)
end

-- A page of a reconcile is taken only from the run's owner, and where the run stands; a page that
-- comes again because its reply was lost is known by that. A version below the one from before the
-- page was read means that data was lost since.
local page = batch.page
local page_start, page_end = page and page.start, page and page['end']
if page then
  local owner, cursor = unpack(call('HMGET', reconcile_key, 'owner', page.field))
  local stands = cursor == page_start or cursor == page_end
  if owner ~= page.owner or not stands or version - 1 < batch.guard_version then
    return redis.error_reply('RECONCILE the run that this page is of goes on no more')
  end
  if cursor == page_end then return { version - 1, 0, #batch.keys } end
end

-- Records that are older than a read of the table: what they tell was in what was read. There is a
-- column of their times only where some are old enough for it to matter.
local made_at = batch.created_seconds
local run_stale_before, run_started, is_sweeping
stale_before = tonumber(stale_before) or 0
if made_at then
  run_stale_before, run_started, is_sweeping =
    unpack(call('HMGET', reconcile_key, 'stale_before', 'started_version', 'sweeping'))
  run_stale_before, run_started = tonumber(run_stale_before) or 0, tonumber(run_started)
end

-- Streams are numbered in the order they are met; their age decides whose record is newer.
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

local function hmget(key, fields)
  local values = {}
  for first = 1, #fields, CHUNK do
    local part = call('HMGET', key, unpack(fields, first, math.min(first + CHUNK - 1, #fields)))
    for i = 1, #part do values[first + i - 1] = part[i] end
  end
  return values
end

local function write(command, key, arguments)
  for first = 1, #arguments, CHUNK do
    call(command, key, unpack(arguments, first, math.min(first + CHUNK - 1, #arguments)))
  end
end

-- Groups by number, and the other way about. All of them are read only when one must be named
-- that is not in the batch.
local group_names, group_numbers, new_groups = {}, {}, {}
if #batch.group_names > 0 then
  local known = hmget(groups_key, batch.group_names)
  local count = call('HLEN', groups_key)
  for i, name in ipairs(batch.group_names) do
    local number = tonumber(known[i])
    if not number then
      count = count + 1
      number = count
      new_groups[#new_groups + 1] = name
      new_groups[#new_groups + 1] = format('%.0f', number)
    end
    group_numbers[i], group_names[number] = number, name
  end
end

local function name_group(number)
  if not group_names[number] then
    local all = call('HGETALL', groups_key)
    for i = 1, #all, 2 do group_names[tonumber(all[i + 1])] = all[i] end
  end
  return group_names[number]
end

-- What is to be added: [place][1] items, [place][1 + m] minor units of measure m; place is a
-- group's number, or a bucket's.
local measures, values = batch.measures, batch.values
local width = 1 + #measures
local group_deltas, bucket_deltas = {}, {}

local function add(deltas, place, index, amount)
  local delta = deltas[place]
  if not delta then
    delta = {}
    for i = 1, width do delta[i] = 0 end
    deltas[place] = delta
  end
  delta[index] = delta[index] + amount
end

-- Ticker: all items above the floor, at most batch.ticker_capacity. What falls out raises the floor.
local shown, shown_now = {}, {}
local puts, removed_ids = {}, {}
shown_floor_ms = tonumber(shown_floor_ms) or -1
shown_floor_key = shown_floor_key or ''
shown_id = tonumber(shown_id) or 0
local first_floor_ms, first_floor_key = shown_floor_ms, shown_floor_key
if batch.ticker_capacity then
  local all = call('HGETALL', ticker_key)
  for i = 1, #all, 2 do
    local ms, id = string.match(all[i + 1], '^{"at_ms":(%d+),"id":(%d+)')
    shown[all[i]] = { ms = tonumber(ms), id = id, key = all[i], text = all[i + 1] }
  end
end

-- By bytes: Lua's own < on strings goes by the server's locale.
local function key_before(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = byte(a, i), byte(b, i)
    if x ~= y then return x < y end
  end
  return #a < #b
end

local function above_floor(ms, key)
  if ms ~= shown_floor_ms then return ms > shown_floor_ms end
  return key_before(shown_floor_key, key)
end

for i, row in ipairs(batch.shown_rows) do
  shown_now[row] = batch.shown[i]
end

local function show(row, key, ms)
  local was, attributes = shown[key], shown_now[row]
  -- False: the board does not show it, and that says nothing of those before it.
  if ms and attributes ~= false and above_floor(ms, key) then
    if attributes then
      local id = was and was.id
      if not id then
        shown_id = shown_id + 1
        id = format('%.0f', shown_id)
      end
      local text = format('{"at_ms":%.0f,"id":%s,"attributes":', ms, id) .. attributes .. '}'
      shown[key] = { ms = ms, id = id, key = key, text = text, put = true }
      return
    end
    shown_floor_ms, shown_floor_key = ms, key
  end
  if was then
    shown[key] = nil
    removed_ids[#removed_ids + 1] = { key = key, id = was.id }
  end
end

-- The rows. Nothing is written in here.
local keys, groups, times = batch.keys, batch.groups, batch.times
local high, middle, low = batch.high, batch.middle, batch.low
local guard_version, bucket_seconds = batch.guard_version, batch.bucket_seconds
local entries, before, rejected, cleared = {}, {}, {}, {}
local applied = 0
local olds = hmget(ledger_key, keys)

for i = 1, #keys do
  local key, old, group = keys[i], olds[i], groups[i]
  local row_stream, row_high, row_middle, row_low = stream, high and high[i] or 0, middle[i], low[i]
  local newer, entry_version = true, version
  local old_kind, old_version, at
  if old then
    local old_stream, old_high, old_middle, old_low
    old_kind = byte(old)
    if old_kind >= LONG then
      old_kind, old_stream, old_high, old_middle, old_low, old_version, at = unpack_entry(LONG_HEAD, old)
      old_kind = old_kind - LONG
    else
      old_kind, old_stream, old_middle, old_low, old_version, at = unpack_entry(HEAD, old)
      old_high = 0
    end
    if guard_version then
      -- A scan says what the table held after guard_version was read, but not under which
      -- sequence number: an item touched since then is known better, the others keep theirs.
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

  if made_at and made_at[i] < stale_before then
    newer = false -- the proven totals have it already
  elseif made_at and made_at[i] < run_stale_before then
    if old and old_version > run_started or is_sweeping and (not old or old_kind == REMOVED) then
      newer = false -- the run has come to this item, or to the table's end without it
    else
      -- The run will come to this item, and must not take it for one that is known better.
      entry_version = old_version or run_started
    end
  end

  -- A page's item that is outside the board, and of which there is nothing to take away: other
  -- kinds of items in the table would else fill the ledger with tombstones that never age.
  if guard_version and group == 0 and (not old or old_kind == REMOVED) then newer = false end

  if newer then
    applied = applied + 1
    if old_kind == COUNTED then
      local number, bucket
      number, bucket, at = unpack_entry(PLACE, old, at)
      add(group_deltas, number, 1, -1)
      if bucket_seconds then add(bucket_deltas, bucket, 1, -1) end
      for m = 2, width do
        local value
        value, at = unpack_entry(VALUE, old, at)
        add(group_deltas, number, m, -value)
        if bucket_seconds then add(bucket_deltas, bucket, m, -value) end
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
      local number, ms = group_numbers[group], times[i]
      local bucket = bucket_seconds and floor(ms / 1000 / bucket_seconds) or 0
      entry = entry .. pack(PLACE, number, bucket)
      add(group_deltas, number, 1, 1)
      if bucket_seconds then add(bucket_deltas, bucket, 1, 1) end
      for m = 2, width do
        local value = values[m - 1][i]
        entry = entry .. pack(VALUE, value)
        add(group_deltas, number, m, value)
        if bucket_seconds then add(bucket_deltas, bucket, m, value) end
      end
      if batch.ticker_capacity then show(i, key, ms) end
    else
      entry = entry .. pack(SINCE, batch.at_seconds)
      if kind == REJECTED then
        rejected[#rejected + 1] = key
        rejected[#rejected + 1] = batch.reasons[tostring(i)]
      end
      if shown[key] then show(i, key) end
    end
    entries[#entries + 1] = key
    entries[#entries + 1] = entry
    before[#before + 1] = old or ''
  end
end

-- What the hashes of totals will have, worked out before anything is written: a value there that is
-- no integer, or too large to be exact in here, is a problem, and refuses the batch.
local names = { 'count' }
for _, measure in ipairs(measures) do names[#names + 1] = measure end

local problem

-- Returns what changes: {place, its fields, what to add to each, what each then is}.
local function plan_deltas(hash_key, deltas, label)
  local plan, fields = {}, {}
  for place, delta in pairs(deltas) do
    local changed = false
    for i = 1, width do changed = changed or delta[i] ~= 0 end
    if changed then
      local named = label(place)
      plan[#plan + 1] = { place = named, delta = delta, values = {}, fields = {} }
      for i = 1, width do
        local field = named .. ':' .. names[i]
        plan[#plan].fields[i] = field
        fields[#fields + 1] = field
      end
    end
  end
  local found = hmget(hash_key, fields)
  for i = 1, #fields do
    local step, measure = plan[floor((i - 1) / width) + 1], (i - 1) % width + 1
    local value = found[i] or '0'
    local sum = string.match(value, '^-?%d+$') and tonumber(value) + step.delta[measure]
    if not sum or math.abs(sum) >= MOST then
      problem = 'TOTALS ' .. hash_key .. ' has ' .. fields[i] .. ' at ' .. value .. ', to which ' ..
        format('%.0f', step.delta[measure]) .. ' cannot be added: reconcile the board'
    else
      step.values[measure] = format('%.0f', sum)
    end
  end
  return plan
end

local all = {}
for i = 1, width do all[i] = 0 end
for _, delta in pairs(group_deltas) do
  for i = 1, width do all[i] = all[i] + delta[i] end
end
local total_plan = plan_deltas(totals_key, group_deltas, name_group)
for _, step in ipairs(plan_deltas(totals_key, { ALL = all }, tostring)) do
  total_plan[#total_plan + 1] = step
end
local bucket_plan = bucket_seconds and plan_deltas(timeline_key, bucket_deltas, function(bucket)
  return format('%.0f', bucket * bucket_seconds)
end)

if problem then return redis.error_reply(problem) end

-- From here on it is written. HSET first: Redis refuses that when it is out of memory.
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
if batch.is_late then call('HSET', meta_key, 'late_at', batch.at) end
if recounting then
  for i, old in ipairs(before) do call('HSETNX', recount_key, entries[2 * i - 1], old) end
end
write('HSET', groups_key, new_groups)
write('HSET', ledger_key, entries)
write('HSET', rejected_key, rejected)
write('HDEL', rejected_key, cleared)

-- Adds what was planned and returns the new values as JSON members, `"place":{"count":1,...}`. A
-- place without items is removed, and `null`.
local function carry_out(hash_key, plan)
  local members = {}
  for number, step in ipairs(plan) do
    local member = cjson.encode(step.place) .. ':'
    for i = 1, width do
      call('HINCRBY', hash_key, step.fields[i], format('%.0f', step.delta[i]))
      step.values[i] = '"' .. names[i] .. '":' .. step.values[i]
    end
    if step.values[1] == '"count":0' and step.place ~= 'ALL' then
      call('HDEL', hash_key, unpack(step.fields))
      members[number] = member .. 'null'
    else
      members[number] = member .. '{' .. concat(step.values, ',') .. '}'
    end
  end
  return members
end

local message = {
  '{"schema":', batch.schema, ',"board":', cjson.encode(batch.board), ',"epoch":"', epoch,
  '","version":', version_text, ',"at":"', batch.at, '"',
}
local function append(text) message[#message + 1] = text end
if batch.created then append(',"created":"' .. batch.created .. '"') end
if batch.is_late then append(',"is_late":true') end

append(',"totals":{' .. concat(carry_out(totals_key, total_plan), ',') .. '}')
if page then
  for _, step in ipairs(total_plan) do
    for i = 1, width do
      if step.delta[i] ~= 0 then
        call('HINCRBY', reconcile_key, 'drift:' .. step.fields[i], format('%.0f', step.delta[i]))
      end
    end
  end
end
if bucket_seconds then
  append(',"timeline":{' .. concat(carry_out(timeline_key, bucket_plan), ',') .. '}')
end

if batch.ticker_capacity then
  local order = {}
  for _, item in pairs(shown) do order[#order + 1] = item end
  table.sort(order, function(a, b)
    if a.ms ~= b.ms then return a.ms > b.ms end
    return key_before(b.key, a.key)
  end)
  local fallen = order[batch.ticker_capacity + 1]
  if fallen and above_floor(fallen.ms, fallen.key) then
    shown_floor_ms, shown_floor_key = fallen.ms, fallen.key
  end
  local fields = {}
  for _, item in ipairs(order) do
    if not above_floor(item.ms, item.key) then
      removed_ids[#removed_ids + 1] = item
    elseif item.put then
      puts[#puts + 1] = item.text
      fields[#fields + 1] = item.key
      fields[#fields + 1] = item.text
    end
  end
  write('HSET', ticker_key, fields)
  local removed = {}
  for i, item in ipairs(removed_ids) do
    call('HDEL', ticker_key, item.key)
    removed[i] = item.id
  end
  call('HSET', meta_key, 'ticker_id', format('%.0f', shown_id))
  if shown_floor_ms ~= first_floor_ms or shown_floor_key ~= first_floor_key then
    call('HSET', meta_key, 'ticker_floor_ms', format('%.0f', shown_floor_ms),
      'ticker_floor_key', shown_floor_key)
  end
  append(',"ticker":{"put":[' .. concat(puts, ',') .. '],"removed":[' .. concat(removed, ',') .. ']}')
end

-- While a run repairs totals they pass through values that never were: its end looks at the goal.
if batch.goal and not page and not repairing then
  local total = tonumber(call('HGET', totals_key, 'ALL:' .. batch.goal.measure) or 0)
  local reached = {}
  for _, step in ipairs(batch.goal.steps) do
    if total >= tonumber(step) and call('HSETNX', milestones_key, step, batch.at) == 1 then
      reached[#reached + 1] = '"' .. step .. '":"' .. batch.at .. '"'
    end
  end
  append(',"milestones":{' .. concat(reached, ',') .. '}')
end

append(format(',"rejected":%.0f}', call('HLEN', rejected_key)))
call('PUBLISH', channel, concat(message))
return { version, applied, #keys - applied }
