--[[
Reads all of a board that is shown, as of one version.

KEYS[1] meta        hash
KEYS[2] totals      hash
KEYS[3] timeline    hash
KEYS[4] ticker      hash
KEYS[5] milestones  hash
KEYS[6] rejected    hash

Returns  {meta, totals, timeline, milestones as {field, value, ...}; ticker's values; rejected items}
]]
local meta_key, totals_key, timeline_key = KEYS[1], KEYS[2], KEYS[3]
local ticker_key, milestones_key, rejected_key = KEYS[4], KEYS[5], KEYS[6]

return {
  redis.call('HGETALL', meta_key),
  redis.call('HGETALL', totals_key),
  redis.call('HGETALL', timeline_key),
  redis.call('HGETALL', milestones_key),
  redis.call('HVALS', ticker_key),
  redis.call('HLEN', rejected_key),
}
