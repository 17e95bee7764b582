--[[
Takes out of a board's totals and timeline what they exceed the ledger by, as of one version.

KEYS[1] meta       hash
KEYS[2] totals     hash
KEYS[3] timeline   hash
KEYS[4] reconcile  hash    the run that found it
ARGV[1] excess     JSON    owner; version: what it is true of; totals, timeline: {place: {measure: text}}

Returns  the board's version, raised by one; 0 where it is another than the excess is true of
Errors   RECONCILE: nothing was written
]]
local meta_key, totals_key, timeline_key, reconcile_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local excess = cjson.decode(ARGV[1])

if redis.call('HGET', reconcile_key, 'owner') ~= excess.owner then
  return redis.error_reply('RECONCILE the run that found this goes on no more')
end
local version = tonumber(redis.call('HGET', meta_key, 'version'))
if version ~= excess.version then return 0 end

-- Listeners find a version that no message told of, and read everything anew.
redis.call('HSET', meta_key, 'version', string.format('%.0f', version + 1))

local function opposite(text)
  if string.sub(text, 1, 1) == '-' then return string.sub(text, 2) end
  return '-' .. text
end

local function mend(hash_key, places, drift_key)
  for place, measures in pairs(places) do
    local fields = {}
    for measure, text in pairs(measures) do
      local field = place .. ':' .. measure
      redis.call('HINCRBY', hash_key, field, opposite(text))
      if drift_key then redis.call('HINCRBY', drift_key, 'drift:' .. field, opposite(text)) end
    end
    if place ~= 'ALL' and (redis.call('HGET', hash_key, place .. ':count') or '0') == '0' then
      for _, field in ipairs(redis.call('HKEYS', hash_key)) do
        if string.match(field, '^(.*):[^:]*$') == place then fields[#fields + 1] = field end
      end
      if #fields > 0 then redis.call('HDEL', hash_key, unpack(fields)) end
    end
  end
end
mend(totals_key, excess.totals, reconcile_key)
mend(timeline_key, excess.timeline)
return version + 1
