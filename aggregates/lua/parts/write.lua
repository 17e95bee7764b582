-- Calls a command with any number of arguments, in chunks; without arguments it does nothing.
local function write(command, key, arguments)
  for first = 1, #arguments, CHUNK do
    redis.call(command, key, unpack(arguments, first, math.min(first + CHUNK - 1, #arguments)))
  end
end
