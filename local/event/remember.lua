--[[
Gives a board that Redis has nothing of the milestones of before: as lost just now, so that reaching
them again keeps their time and is not celebrated. A board that is there is left alone.

KEYS[1..12]     as in reconcile/lua/claim.lua
ARGV[1] board   JSON    definition, epoch, at; milestones: fields of the hash and their values

Returns  1, or 0 where the board is there
]]
local meta_key, totals_key, ledger_key, groups_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local timeline_key, ticker_key, milestones_key, rejected_key = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local recount_key, ranks_key, recent_key = KEYS[10], KEYS[11], KEYS[12]
local board = cjson.decode(ARGV[1])

-- include: seal
-- include: renew
-- include: clock

if redis.call('EXISTS', meta_key) == 1 or string.find(measure_sizes(), '[^0,]') then return 0 end
local now = string.format('%.0f', read_clock_ms())
redis.call('HSET', meta_key, 'epoch', board.epoch, 'version', '0', 'definition', board.definition,
  'at', board.at)
for field, value in pairs(board.milestones) do
  if string.find(field, '^lost:') then
    redis.call('HSET', milestones_key, field, value)
  else
    redis.call('HSET', milestones_key, 'lost:' .. field, value .. '|' .. now)
  end
end
renew_seal()
return 1
