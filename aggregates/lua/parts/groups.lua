-- Groups and their numbers in ledger entries. Fields of the hash: `=<name>` → number, `#<number>` →
-- `=<name>`; `last` is the highest number. The numbers of retired groups form a linked list: `free` is
-- the first of them, `#<number>` of each is `><the next one>`, and `>0` for the last.

-- Entries have three bytes for a group's number.
local MOST_GROUPS = 16777215

-- Returns the numbers of names (new names get new numbers), the fields to write for them, and true if
-- there are too many groups.
local function number_groups(names)
  local numbers, fields, writes = {}, {}, {}
  for i, name in ipairs(names) do fields[i] = '=' .. name end
  local known = hmget(groups_key, fields)
  local last, free
  for i, field in ipairs(fields) do
    numbers[i] = tonumber(known[i])
    if not numbers[i] then
      if not last then
        last, free = unpack(redis.call('HMGET', groups_key, 'last', 'free'))
        last, free = tonumber(last) or 0, tonumber(free) or 0
      end
      if free > 0 then
        numbers[i] = free
        free = tonumber(string.sub(redis.call('HGET', groups_key, '#' .. string.format('%.0f', free)), 2))
      else
        last = last + 1
        numbers[i] = last
      end
      local text = string.format('%.0f', numbers[i])
      for _, value in ipairs({ field, text, '#' .. text, field }) do writes[#writes + 1] = value end
    end
  end
  if last then
    for _, value in ipairs({ 'last', string.format('%.0f', last), 'free', string.format('%.0f', free) }) do
      writes[#writes + 1] = value
    end
  end
  return numbers, writes, last and last > MOST_GROUPS
end

-- Returns the numbers of the groups in a plan as JSON members, `"name":number`.
local function tell_numbers(plan)
  local members = {}
  for _, step in ipairs(plan) do
    if step.place ~= 'ALL' and not step.is_empty then
      members[#members + 1] = cjson.encode(step.place) .. ':' .. string.format('%.0f', step.start)
    end
  end
  return table.concat(members, ',')
end

-- Adds to `names` the group names that `deltas` needs and that it lacks; returns false if a number has
-- no name.
local function name_groups(names, deltas)
  local numbers, fields = {}, {}
  for number in pairs(deltas) do
    if not names[number] then
      numbers[#numbers + 1] = number
      fields[#fields + 1] = '#' .. string.format('%.0f', number)
    end
  end
  local found = hmget(groups_key, fields)
  for i, number in ipairs(numbers) do
    if not found[i] or string.byte(found[i]) ~= 61 then return false end -- '='
    names[number] = string.sub(found[i], 2)
  end
  return true
end
