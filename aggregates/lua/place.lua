--[[
Reads one group's place among a board's groups. It writes nothing.

KEYS[1] meta      hash
KEYS[2] totals    hash
KEYS[3] ranks     zset
ARGV[1] group     text
ARGV[2] measures  text    the measures to read, separated by blanks

Returns  {how many groups come before (nil if there is no such group), how many there are, epoch,
         version, drift, {its name, its score, value of each measure}}
]]
local meta_key, totals_key, ranks_key = KEYS[1], KEYS[2], KEYS[3]
local group, measures = ARGV[1], ARGV[2]

local row = { group, redis.call('ZSCORE', ranks_key, group) }
for name in string.gmatch(measures, '%S+') do
  row[#row + 1] = redis.call('HGET', totals_key, group .. ':' .. name)
end
local epoch, version, drift = unpack(redis.call('HMGET', meta_key, 'epoch', 'version', 'drift'))
return {
  redis.call('ZRANK', ranks_key, group), redis.call('ZCARD', ranks_key), epoch, version, drift, row,
}
