-- Ranks groups by the board's first sum, or by their number of items: the highest first, then by name.
-- That is why the score is the negative value.
local function rank_groups(plan, index)
  local ranked, gone = {}, {}
  for _, step in ipairs(plan) do
    if step.is_empty then
      gone[#gone + 1] = step.place
    elseif step.place ~= 'ALL' then
      ranked[#ranked + 1] = string.format('%.0f', 0 - step.sums[index])
      ranked[#ranked + 1] = step.place
    end
  end
  write('ZADD', ranks_key, ranked)
  write('ZREM', ranks_key, gone)
end
