--[[
Takes out of a board's totals and timeline what they exceeded the ledger by when a recount began. What
a batch has added since is added to ledger and totals alike, so the excess is the same still.

KEYS[1] meta       hash
KEYS[2] totals     hash
KEYS[3] timeline   hash
KEYS[4] reconcile  hash    the run that found it
KEYS[5] recount    hash
ARGV[1] excess     JSON    owner; recount: its name; measures: the board's; totals, timeline: lists of
                           {place, measure, what to add as text}

Returns  the board's version
Errors   RECONCILE: nothing was written
]]
local meta_key, totals_key, timeline_key = KEYS[1], KEYS[2], KEYS[3]
local reconcile_key, recount_key = KEYS[4], KEYS[5]
local excess = cjson.decode(ARGV[1])

local version, recounting = unpack(redis.call('HMGET', meta_key, 'version', 'recounting'))
if redis.call('HGET', reconcile_key, 'owner') ~= excess.owner then
  return redis.error_reply('RECONCILE the run that found this is another process\'s, or gone')
end
-- It comes again because its reply was lost.
if recounting ~= excess.recount then return tonumber(version) end
redis.call('HDEL', meta_key, 'recounting')
redis.call('UNLINK', recount_key)

local function mend(hash_key, corrections, drift_key)
  for _, correction in ipairs(corrections) do
    local place, measure, text = unpack(correction)
    local field = place .. ':' .. measure
    redis.call('HINCRBY', hash_key, field, text)
    if drift_key then redis.call('HINCRBY', drift_key, 'drift:' .. field, text) end
  end
  for _, correction in ipairs(corrections) do
    local place, measure = unpack(correction)
    if place ~= 'ALL' and (redis.call('HGET', hash_key, place .. ':count') or '0') == '0' then
      redis.call('HDEL', hash_key, place .. ':count', place .. ':' .. measure)
      for _, name in ipairs(excess.measures) do redis.call('HDEL', hash_key, place .. ':' .. name) end
    end
  end
end
mend(totals_key, excess.totals, reconcile_key)
mend(timeline_key, excess.timeline)
-- Listeners find a version that no message told of, and read everything anew.
return redis.call('HINCRBY', meta_key, 'version', 1)
