-- The changes of a batch on the timeline: its points, and the buckets of the last 70 minutes.

-- The last hour, and ten minutes more for a client that gets no frame for so long.
local RECENT_SECONDS = 4200
-- How many buckets of that time and of the future are kept. If more are in the future, the farthest are
-- left out until the next reconcile.
local MOST_RECENT = 300

local function name_start(start)
  return string.format('%.0f', start)
end

-- Returns deltas by bucket number as deltas by point's start, and deltas by recent bucket's start.
local function split_deltas(deltas, bucket_seconds, step, floor_seconds, until_seconds, width)
  local points, recent = {}, {}
  for bucket, delta in pairs(deltas) do
    local start = bucket * bucket_seconds
    for i = 1, width do
      if delta[i] ~= 0 then add(points, start - start % step, i, delta[i], width) end
    end
    if start >= floor_seconds and start < until_seconds then recent[start] = delta end
  end
  return points, recent
end

-- Replaces a plan that would make too many points by a plan of all points in a wider step; returns the
-- plan, its step, and true if the step has changed.
local function fit_plan(plan, steps, step, most, names)
  local width = #names
  local count = redis.call('HLEN', timeline_key) / width
  for _, change in ipairs(plan) do
    if change.is_empty then
      if change.was_there then count = count - 1 end
    elseif not change.was_there then
      count = count + 1
    end
  end
  if count <= most then return plan, step, false end
  local indexes, points = {}, {}
  for i, name in ipairs(names) do indexes[name] = i end
  local all = redis.call('HGETALL', timeline_key)
  for i = 1, #all, 2 do
    local start, name = string.match(all[i], '^(%d+):(.*)$')
    if start and indexes[name] then
      add(points, tonumber(start), indexes[name], tonumber(all[i + 1]) or 0, width)
    end
  end
  for _, change in ipairs(plan) do
    points[change.start] = not change.is_empty and change.sums or nil
  end
  points, step = widen_points(points, steps, step, most, width)
  local whole = {}
  for start, point in pairs(points) do
    if point[1] ~= 0 then
      local change = { place = name_start(start), sums = point, values = {}, fields = {} }
      for i, name in ipairs(names) do
        change.values[i] = string.format('%.0f', point[i])
        change.fields[i] = change.place .. ':' .. name
      end
      whole[#whole + 1] = change
    end
  end
  return whole, step, true
end

-- Removes the buckets before a time from `recent`; `since` is that time in the last call.
local function prune_recent(since, floor_seconds, bucket_seconds, names)
  if not since or since >= floor_seconds then return end
  local fields = {}
  if (floor_seconds - since) / bucket_seconds <= MOST_RECENT then
    for start = since, floor_seconds - bucket_seconds, bucket_seconds do
      for _, name in ipairs(names) do fields[#fields + 1] = name_start(start) .. ':' .. name end
    end
  else
    for _, field in ipairs(redis.call('HKEYS', recent_key)) do
      if (tonumber(string.match(field, '^%d+')) or 0) < floor_seconds then fields[#fields + 1] = field end
    end
  end
  write('HDEL', recent_key, fields)
end

-- Removes the latest buckets if there are too many; returns the time from which there are none.
local function bound_recent(names)
  if redis.call('HLEN', recent_key) <= MOST_RECENT * #names then return nil end
  local starts, seen = {}, {}
  for _, field in ipairs(redis.call('HKEYS', recent_key)) do
    local start = tonumber(string.match(field, '^%d+'))
    if start and not seen[start] then
      seen[start] = true
      starts[#starts + 1] = start
    end
  end
  table.sort(starts)
  local fields = {}
  for i = MOST_RECENT + 1, #starts do
    for _, name in ipairs(names) do fields[#fields + 1] = name_start(starts[i]) .. ':' .. name end
  end
  write('HDEL', recent_key, fields)
  return starts[MOST_RECENT + 1]
end
