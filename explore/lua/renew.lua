--[[
Keeps a panel's answer, with the time at which it was known to be right.

KEYS[1] panels   hash

ARGV[1] field    the panel's name
ARGV[2] text     JSON of the panel
ARGV[3] renewed  the field for the time
ARGV[4] channel  the channel's name
ARGV[5] message  JSON; empty if the panel is as it was

Returns    the time: ms since 1970 by the server's clock
Publishes  the message, unless it is empty
]]
local panels_key = KEYS[1]
local field, text, renewed, channel, message = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

-- include: clock

local now_ms = read_clock_ms()
redis.call('HSET', panels_key, field, text, renewed, string.format('%.0f', now_ms))
if message ~= '' then
  redis.call('PUBLISH', channel, message)
end
return now_ms
