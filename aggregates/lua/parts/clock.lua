-- The server's clock: one for all who write, however wrong their own are.

local function read_clock_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
