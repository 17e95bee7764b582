--[[
Ends a run of reconcile: notes that it has proven the totals, and what it found, and publishes that.

KEYS[1] meta        hash
KEYS[2] totals      hash
KEYS[3] milestones  hash
KEYS[4] rejected    hash
KEYS[5] reconcile   hash    the run
KEYS[6] recount     hash
ARGV[1] proof       JSON    board, schema, owner, at; goal: its measure and steps, where there is one
ARGV[2] channel     text    where to publish

Returns    the board's version
Publishes  a message: docs/protocol.md
Errors     RECONCILE: nothing was written
]]
local meta_key, totals_key, milestones_key, rejected_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local reconcile_key, recount_key = KEYS[5], KEYS[6]
local proof, channel = cjson.decode(ARGV[1]), ARGV[2]

local run = {}
local fields = redis.call('HGETALL', reconcile_key)
for i = 1, #fields, 2 do run[fields[i]] = fields[i + 1] end
local epoch, version, verified_at = unpack(redis.call('HMGET', meta_key, 'epoch', 'version', 'verified_at'))
-- It comes again because its reply was lost.
if not run.owner and verified_at == proof.at then return tonumber(version) end
if run.owner ~= proof.owner or run.epoch ~= epoch or not run.sweeping then
  return redis.error_reply('RECONCILE the run that this proof is of is another process\'s, or gone')
end

-- The drift that was found and mended: {"<group>":{"<measure>":1,...},...}
local groups = {}
for field, value in pairs(run) do
  local group, measure = string.match(field, '^drift:(.*):([^:]*)$')
  if group and value ~= '0' then
    groups[group] = groups[group] or {}
    table.insert(groups[group], cjson.encode(measure) .. ':' .. value)
  end
end
local members = {}
for group, measures in pairs(groups) do
  members[#members + 1] = cjson.encode(group) .. ':{' .. table.concat(measures, ',') .. '}'
end
local drift = '{' .. table.concat(members, ',') .. '}'

local milestones = ''
if proof.goal then
  local reached = {}
  local total = tonumber(redis.call('HGET', totals_key, 'ALL:' .. proof.goal.measure) or 0)
  for _, step in ipairs(proof.goal.steps) do
    if total >= tonumber(step) and redis.call('HSETNX', milestones_key, step, proof.at) == 1 then
      reached[#reached + 1] = '"' .. step .. '":"' .. proof.at .. '"'
    end
  end
  milestones = ',"milestones":{' .. table.concat(reached, ',') .. '}'
end

local rejected = redis.call('HLEN', rejected_key)
local version_text = string.format('%.0f', tonumber(version) + 1)
redis.call('HSET', meta_key, 'version', version_text, 'at', proof.at, 'verified_at', proof.at,
  'verified_from', run.started_at, 'verified_server', run.server, 'stale_before', run.stale_before,
  'drift', drift)
redis.call('HDEL', meta_key, 'repairing', 'recounting')
redis.call('DEL', reconcile_key)
redis.call('UNLINK', recount_key)
redis.call('PUBLISH', channel, table.concat({
  '{"schema":', proof.schema, ',"board":', cjson.encode(proof.board), ',"epoch":"', epoch,
  '","version":', version_text, ',"at":"', proof.at, '","verified_at":"', proof.at,
  '","verified_from":"', run.started_at, '","verified_server":', cjson.encode(run.server),
  ',"drift":', drift, ',"totals":{}', milestones, ',"rejected":', string.format('%.0f', rejected), '}',
}))
return tonumber(version_text)
