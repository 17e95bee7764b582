-- The server's clock: the same for all writers, however wrong their own clocks are.

local function read_clock_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
