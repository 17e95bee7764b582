--[[
Reads a page of a board's groups, in order of rank. It writes nothing.

KEYS[1] meta      hash
KEYS[2] totals    hash
KEYS[3] ranks     zset
ARGV[1] score     text    the score of the last group of the previous page; empty: the first page
ARGV[2] group     text    that group's name. If its score has changed, groups may come twice
ARGV[3] limit     text    how many groups to read
ARGV[4] measures  text    the measures to read, separated by blanks

Returns  {how many groups come before, how many there are, epoch, version, drift, groups as {name,
         score, value of each measure, ...}}
]]
local meta_key, totals_key, ranks_key = KEYS[1], KEYS[2], KEYS[3]
local score, group, limit, measures = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]

-- include: chunks

local first = 0
if score ~= '' then
  local found = redis.call('ZSCORE', ranks_key, group)
  if found and tonumber(found) == tonumber(score) then
    first = redis.call('ZRANK', ranks_key, group) + 1
  else
    first = redis.call('ZCOUNT', ranks_key, '-inf', '(' .. score)
  end
end
local names = {}
for name in string.gmatch(measures, '%S+') do names[#names + 1] = name end
local ranked = redis.call('ZRANGE', ranks_key, first, first + limit - 1, 'WITHSCORES')
local fields, rows = {}, {}
for i = 1, #ranked, 2 do
  for _, name in ipairs(names) do fields[#fields + 1] = ranked[i] .. ':' .. name end
end
local values = hmget(totals_key, fields)
for i = 1, #ranked, 2 do
  rows[#rows + 1] = ranked[i]
  rows[#rows + 1] = ranked[i + 1]
  local before = (i - 1) / 2 * #names
  for m = 1, #names do rows[#rows + 1] = values[before + m] end
end
local epoch, version, drift = unpack(redis.call('HMGET', meta_key, 'epoch', 'version', 'drift'))
return { first, redis.call('ZCARD', ranks_key), epoch, version, drift, rows }
