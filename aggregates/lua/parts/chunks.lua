-- Arguments per call: Lua's stack holds 8,000 values, and ElastiCache Serverless takes 3,999.
local CHUNK = 2000

local function hmget(key, fields)
  local values = {}
  for first = 1, #fields, CHUNK do
    local part = redis.call('HMGET', key, unpack(fields, first, math.min(first + CHUNK - 1, #fields)))
    for i = 1, #part do values[first + i - 1] = part[i] end
  end
  return values
end
