--[[
Reads what is shown of a board, as of one version. The reply is bounded, however large the board is.
It writes nothing.

KEYS[1] meta         hash
KEYS[2] totals       hash
KEYS[3] ledger       hash
KEYS[4] groups       hash
KEYS[5] timeline     hash
KEYS[6] ticker       hash
KEYS[7] milestones   hash
KEYS[8] rejected     hash
KEYS[9] recount      hash
KEYS[10] ranks       zset
KEYS[11] recent      hash
ARGV[1] most         text    how many groups to read, the first by rank
ARGV[2] measures     text    the measures to read, "count" included, separated by blanks

Returns  {meta as {field, value, ...}, the server's clock in ms, 1 if a key was lost, ALL's values,
         groups as {name, value of each measure, ...}, how many groups there are, timeline, recent and
         milestones as {field, value, ...}, ticker's values, how many items are rejected, the groups'
         numbers}; if a key was lost, only meta and the clock
]]
local meta_key, totals_key, ledger_key, groups_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local timeline_key, ticker_key, milestones_key, rejected_key = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local recount_key, ranks_key, recent_key = KEYS[9], KEYS[10], KEYS[11]
local most, measures = tonumber(ARGV[1]), ARGV[2]

-- include: seal
-- include: clock
-- include: chunks

local meta = redis.call('HGETALL', meta_key)
local epoch, sealed = unpack(redis.call('HMGET', meta_key, 'epoch', 'sizes'))
if is_lost(epoch, sealed) then
  return { meta, read_clock_ms(), 1, {}, {}, 0, {}, {}, {}, {}, 0, {} }
end

local names = {}
for name in string.gmatch(measures, '%S+') do names[#names + 1] = name end
local ranked = redis.call('ZRANGE', ranks_key, 0, most - 1)
local fields, numbered = {}, {}
for place, group in ipairs(ranked) do numbered[place] = '=' .. group end
for _, group in ipairs({ 'ALL', unpack(ranked) }) do
  for _, name in ipairs(names) do fields[#fields + 1] = group .. ':' .. name end
end
local values, all, groups = hmget(totals_key, fields), {}, {}
for i = 1, #names do all[i] = values[i] end
for place, group in ipairs(ranked) do
  groups[#groups + 1] = group
  for i = 1, #names do groups[#groups + 1] = values[place * #names + i] end
end
return {
  meta, read_clock_ms(), 0, all, groups, redis.call('ZCARD', ranks_key),
  redis.call('HGETALL', timeline_key), redis.call('HGETALL', recent_key),
  redis.call('HGETALL', milestones_key), redis.call('HVALS', ticker_key),
  redis.call('HLEN', rejected_key), hmget(groups_key, numbered),
}
