--[[
Reads a board's state: what tells a reader whether it has to read more, and whether it can rely on the
figures. It writes nothing.

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
KEYS[12] chain       hash

Returns  {epoch, version, definition, verified_server, verified_at, 1 if a key was lost, chain's
         counted_ms, epoch, server, reason, since_ms; the server's clock in ms, meta's stale_before}
]]
local meta_key, totals_key, ledger_key, groups_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local timeline_key, ticker_key, milestones_key, rejected_key = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local recount_key, ranks_key, recent_key, chain_key = KEYS[9], KEYS[10], KEYS[11], KEYS[12]

-- include: seal
-- include: clock

local epoch, version, definition, server, verified_at, sealed, stale_before =
  unpack(redis.call('HMGET', meta_key, 'epoch', 'version', 'definition', 'verified_server',
    'verified_at', 'sizes', 'stale_before'))
local counted_ms, chain_epoch, chain_server, reason, since_ms =
  unpack(redis.call('HMGET', chain_key, 'counted_ms', 'epoch', 'server', 'reason', 'since_ms'))
return {
  epoch, version, definition, server, verified_at, is_lost(epoch, sealed) and 1 or 0,
  counted_ms, chain_epoch, chain_server, reason, since_ms, read_clock_ms(), stale_before,
}
