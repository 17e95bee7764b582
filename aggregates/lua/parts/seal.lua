-- The seal: the sizes of a board's keys as one text, in the field `sizes` of meta. Every script that
-- writes compares it first and renews it last, so the loss of a key in between is noticed.
-- It needs the locals of these keys.

local function measure_sizes()
  local sizes = {}
  for i, key in ipairs({ totals_key, ledger_key, groups_key, timeline_key, ticker_key,
    milestones_key, rejected_key, recount_key, recent_key, ranks_key }) do
    local size = redis.pcall(key == ranks_key and 'ZCARD' or 'HLEN', key)
    -- A key of another type has no size, so it differs from the seal.
    sizes[i] = type(size) == 'number' and string.format('%.0f', size) or '?'
  end
  return table.concat(sizes, ',')
end

-- Without a seal, a board is complete only if it has no keys at all.
local function is_lost(epoch, sealed)
  local sizes = measure_sizes()
  if sealed then return sealed ~= sizes end
  return epoch or string.find(sizes, '[^0,]') ~= nil
end

local LOST = 'LOST Redis has lost a part of the board, or somebody changed it: reconcile the board'
