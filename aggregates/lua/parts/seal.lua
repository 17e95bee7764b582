-- The seal: the sizes of a board's exact keys as one text, in the field `sizes` of meta. Every script
-- that writes compares it first and renews it last, so a key that was lost meanwhile shows.

-- A key of another type has no size, so it differs from what was sealed.
local function measure_sizes(hashes, ranks_key)
  local sizes = {}
  for i, key in ipairs(hashes) do
    local size = redis.pcall('HLEN', key)
    sizes[i] = type(size) == 'number' and string.format('%.0f', size) or '?'
  end
  local size = redis.pcall('ZCARD', ranks_key)
  sizes[#sizes + 1] = type(size) == 'number' and string.format('%.0f', size) or '?'
  return table.concat(sizes, ',')
end

-- Without a seal, only a board of which nothing is there is whole.
local function is_lost(epoch, sealed, sizes)
  if sealed then return sealed ~= sizes end
  return epoch or string.find(sizes, '[^0,]') ~= nil
end
