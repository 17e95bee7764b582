-- Hashes of totals, and how a batch changes them. A delta is {items, minor units of each measure}.

-- Below this, a double holds every integer exactly.
local MOST = 9007199254740992

local function add(deltas, place, index, amount, width)
  local delta = deltas[place]
  if not delta then
    delta = {}
    for i = 1, width do delta[i] = 0 end
    deltas[place] = delta
  end
  delta[index] = delta[index] + amount
end

-- Returns the changes in a hash, each with its place, delta, fields, the new sums and their texts, and
-- whether it existed; and a problem if a value in Redis is not an integer, or too large to be exact.
local function plan_deltas(hash_key, deltas, names, label)
  local plan, fields, width = {}, {}, #names
  for place, delta in pairs(deltas) do
    local changed = false
    for i = 1, width do changed = changed or delta[i] ~= 0 end
    if changed then
      local named = label(place)
      plan[#plan + 1] =
        { place = named, start = place, delta = delta, sums = {}, values = {}, fields = {} }
      for i = 1, width do
        local field = named .. ':' .. names[i]
        plan[#plan].fields[i] = field
        fields[#fields + 1] = field
      end
    end
  end
  local found, problem = hmget(hash_key, fields), nil
  for i = 1, #fields do
    local step, measure = plan[math.floor((i - 1) / width) + 1], (i - 1) % width + 1
    local value = found[i] or '0'
    local sum = string.match(value, '^-?%d+$') and tonumber(value) + step.delta[measure]
    if not sum or math.abs(sum) >= MOST then
      problem = 'TOTALS ' .. hash_key .. ' has ' .. fields[i] .. ' at ' .. string.sub(value, 1, 40) ..
        ', to which ' .. string.format('%.0f', step.delta[measure]) ..
        ' cannot be added: reconcile the board'
    else
      step.sums[measure], step.values[measure] = sum, string.format('%.0f', sum)
    end
    if measure == 1 then step.was_there = found[i] and true end
  end
  for _, step in ipairs(plan) do
    step.is_empty = step.sums[1] == 0 and step.place ~= 'ALL'
  end
  return plan, problem
end

-- Writes a plan and returns the new values as JSON members, `"place":{"count":1,...}`. A place without
-- items is removed, and its member is `null`.
local function carry_out(hash_key, plan, names)
  local members, fields, emptied, keys = {}, {}, {}, {}
  for i, name in ipairs(names) do keys[i] = '"' .. name .. '":' end
  for number, step in ipairs(plan) do
    local member = cjson.encode(step.place) .. ':'
    if step.is_empty then
      for i = 1, #names do emptied[#emptied + 1] = step.fields[i] end
      members[number] = member .. 'null'
    else
      local parts = {}
      for i = 1, #names do
        fields[#fields + 1] = step.fields[i]
        fields[#fields + 1] = step.values[i]
        parts[i] = keys[i] .. step.values[i]
      end
      members[number] = member .. '{' .. table.concat(parts, ',') .. '}'
    end
  end
  write('HSET', hash_key, fields)
  write('HDEL', hash_key, emptied)
  return members
end
