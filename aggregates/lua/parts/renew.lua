-- Renews the seal: the last step of every script that writes.
local function renew_seal()
  redis.call('HSET', meta_key, 'sizes', measure_sizes())
end
