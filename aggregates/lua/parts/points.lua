-- The timeline's points: buckets joined in steps that are wide enough for a screen to show all points.
-- A point is {items, minor units of each measure}, by its start in seconds since 1970.

-- Returns points joined in the first of `steps`, from `step` on, that makes at most `most` points, and
-- that step.
local function widen_points(points, steps, step, most, width)
  local function count(of)
    local found = 0
    for _ in pairs(of) do found = found + 1 end
    return found
  end
  for _, wider in ipairs(steps) do
    if count(points) <= most then break end
    if wider > step then
      local joined = {}
      for start, point in pairs(points) do
        for i = 1, width do add(joined, start - start % wider, i, point[i], width) end
      end
      points, step = joined, wider
    end
  end
  return points, step
end

-- Returns points as a list of fields and values of a hash.
local function to_fields(points, names)
  local fields = {}
  for start, point in pairs(points) do
    local text = string.format('%.0f', start) .. ':'
    for i, name in ipairs(names) do
      fields[#fields + 1] = text .. name
      fields[#fields + 1] = string.format('%.0f', point[i])
    end
  end
  return fields
end
