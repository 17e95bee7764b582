-- The ticker: all items above its floor, at most `capacity`. An item that falls out raises the floor.

-- Compares by bytes: Lua's own < on strings uses the server's locale.
local function key_before(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x < y end
  end
  return #a < #b
end

local function read_ticker(floor_ms, floor_key, last_id)
  local ticker = {
    items = {},
    removed = {},
    floor_ms = tonumber(floor_ms) or -1,
    floor_key = floor_key or '',
    last_id = tonumber(last_id) or 0,
  }
  local all = redis.call('HGETALL', ticker_key)
  for i = 1, #all, 2 do
    local ms, id = string.match(all[i + 1], '^{"at_ms":(%d+),"id":(%d+)')
    if ms then
      ticker.items[all[i]] = { ms = tonumber(ms), id = id, key = all[i], text = all[i + 1] }
    end
  end
  return ticker
end

local function is_above_floor(ticker, ms, key)
  if ms ~= ticker.floor_ms then return ms > ticker.floor_ms end
  return key_before(ticker.floor_key, key)
end

local function hide_item(ticker, key)
  local was = ticker.items[key]
  if was then
    ticker.items[key] = nil
    ticker.removed[#ticker.removed + 1] = { key = key, id = was.id }
  end
end

-- Shows an item with `attributes`, a JSON text. nil: the item is not one of its batch's newest, so it
-- raises the floor. false: the board does not show the item; the floor stays, since older items may be
-- shown.
local function show_item(ticker, key, ms, attributes)
  if attributes ~= false and is_above_floor(ticker, ms, key) then
    if attributes then
      local was = ticker.items[key]
      local id = was and was.id
      if not id then
        ticker.last_id = ticker.last_id + 1
        id = string.format('%.0f', ticker.last_id)
      end
      local text = string.format('{"at_ms":%.0f,"id":%s,"attributes":', ms, id) .. attributes .. '}'
      ticker.items[key] = { ms = ms, id = id, key = key, text = text, put = true }
      return
    end
    ticker.floor_ms, ticker.floor_key = ms, key
  end
  hide_item(ticker, key)
end

-- Writes the changes, and returns them as a member of a message.
local function write_ticker(ticker, capacity)
  local order = {}
  for _, item in pairs(ticker.items) do order[#order + 1] = item end
  table.sort(order, function(a, b)
    if a.ms ~= b.ms then return a.ms > b.ms end
    return key_before(b.key, a.key)
  end)
  local fallen = order[capacity + 1]
  if fallen and is_above_floor(ticker, fallen.ms, fallen.key) then
    ticker.floor_ms, ticker.floor_key = fallen.ms, fallen.key
  end
  local puts, fields, removed_keys, removed_ids = {}, {}, {}, {}
  for _, item in ipairs(order) do
    if not is_above_floor(ticker, item.ms, item.key) then
      ticker.removed[#ticker.removed + 1] = item
    elseif item.put then
      puts[#puts + 1] = item.text
      fields[#fields + 1] = item.key
      fields[#fields + 1] = item.text
    end
  end
  for i, item in ipairs(ticker.removed) do
    removed_keys[i], removed_ids[i] = item.key, item.id
  end
  write('HSET', ticker_key, fields)
  write('HDEL', ticker_key, removed_keys)
  redis.call('HSET', meta_key, 'ticker_id', string.format('%.0f', ticker.last_id))
  if ticker.floor_ms >= 0 then
    redis.call('HSET', meta_key, 'ticker_floor_ms', string.format('%.0f', ticker.floor_ms),
      'ticker_floor_key', ticker.floor_key)
  end
  return ',"ticker":{"put":[' .. table.concat(puts, ',') .. '],"removed":[' ..
    table.concat(removed_ids, ',') .. ']}'
end
