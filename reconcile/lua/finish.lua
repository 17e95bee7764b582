--[[
Ends a reconcile run: notes that it has proven the totals, and what it corrected, and publishes that.
The time is the server's, so that the order of proofs does not depend on the clocks of processes.

KEYS[1] meta          hash
KEYS[2] totals        hash
KEYS[3] ledger        hash
KEYS[4] groups        hash
KEYS[5] timeline      hash
KEYS[6] ticker        hash
KEYS[7] milestones    hash
KEYS[8] rejected      hash
KEYS[9] reconcile     hash    the run: docs/protocol.md
KEYS[10] recount      hash
KEYS[11] ranks        zset
KEYS[12] recent       hash
ARGV[1] proof         JSON    board, schema, owner; rank: the measure that groups are ordered by;
                              goal: its measure and steps, if there is a goal
ARGV[2] channel       text    where to publish

Returns    {the board's version, when it was proven, what was corrected as JSON}
Publishes  a message: docs/protocol.md
Errors     RECONCILE, LOST: nothing was written
]]
local meta_key, totals_key, ledger_key, groups_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local timeline_key, ticker_key, milestones_key, rejected_key = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local reconcile_key, recount_key, ranks_key, recent_key = KEYS[9], KEYS[10], KEYS[11], KEYS[12]
local proof, channel = cjson.decode(ARGV[1]), ARGV[2]

-- include: seal
-- include: renew
-- include: clock
-- include: moment
-- include: milestones

-- How many corrected groups are noted and published: those with the largest corrections.
local MOST_TOLD = 50

local run = {}
local fields = redis.call('HGETALL', reconcile_key)
for i = 1, #fields, 2 do run[fields[i]] = fields[i + 1] end
local epoch, version, verified_at, verified_by, drift_told, sealed = unpack(redis.call('HMGET',
  meta_key, 'epoch', 'version', 'verified_at', 'verified_by', 'drift', 'sizes'))
-- The call was repeated because its reply was lost.
if not run.owner and verified_by == proof.owner then
  return { tonumber(version), verified_at, drift_told }
end
if run.owner ~= proof.owner or run.epoch ~= epoch or not run.sweeping then
  return redis.error_reply('RECONCILE another process took over the run before its proof, or it is gone')
end
if is_lost(epoch, sealed) then return redis.error_reply(LOST) end

-- The drift that was found and corrected: {"<group>":{"<measure>":1,...},...}
local found = {}
for field, value in pairs(run) do
  local group, measure = string.match(field, '^drift:(.*):([^:]*)$')
  if group and value ~= '0' then
    local drift = found[group] or { group = group, measures = {}, by_rank = 0, by_count = 0 }
    found[group] = drift
    table.insert(drift.measures, cjson.encode(measure) .. ':' .. value)
    if measure == proof.rank then drift.by_rank = math.abs(tonumber(value)) end
    if measure == 'count' then drift.by_count = math.abs(tonumber(value)) end
  end
end
local order = {}
for _, drift in pairs(found) do order[#order + 1] = drift end
table.sort(order, function(a, b)
  if (a.group == 'ALL') ~= (b.group == 'ALL') then return a.group == 'ALL' end
  if a.by_rank ~= b.by_rank then return a.by_rank > b.by_rank end
  if a.by_count ~= b.by_count then return a.by_count > b.by_count end
  return a.group < b.group
end)
local members = {}
for i, drift in ipairs(order) do
  members[i] = cjson.encode(drift.group) .. ':{' .. table.concat(drift.measures, ',') .. '}'
end
local whole = '{' .. table.concat(members, ',') .. '}'
local told = '{' .. table.concat(members, ',', 1, math.min(#members, MOST_TOLD + 1)) .. '}'

local now_ms = read_clock_ms()
local at = format_moment(now_ms)
local milestones = ''
if proof.goal then
  local total = tonumber(redis.call('HGET', totals_key, 'ALL:' .. proof.goal.measure) or 0)
  milestones = follow_milestones(proof.goal, total, at, now_ms)
end

local rejected = redis.call('HLEN', rejected_key)
local version_text = string.format('%.0f', tonumber(version) + 1)
redis.call('HSET', meta_key, 'version', version_text, 'at', at, 'verified_at', at,
  'verified_by', proof.owner, 'verified_server', run.server, 'stale_before', run.stale_before,
  'read_stream', run.read_stream or '0', 'drift', told)
redis.call('HDEL', meta_key, 'repairing', 'recounting')
redis.call('DEL', reconcile_key)
redis.call('UNLINK', recount_key)
renew_seal()
redis.call('PUBLISH', channel, table.concat({
  '{"schema":', proof.schema, ',"board":', cjson.encode(proof.board), ',"epoch":"', epoch,
  '","version":', version_text, ',"at":"', at, '","verified_at":"', at,
  '","verified_server":', cjson.encode(run.server), ',"drift":', told, ',"totals":{}', milestones,
  ',"rejected":', string.format('%.0f', rejected), '}',
}))
return { tonumber(version_text), at, whole }
