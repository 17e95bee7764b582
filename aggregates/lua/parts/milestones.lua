-- Milestones follow the total. Fields of the hash: step → when it was reached, while it is; and
-- `lost:<step>` → `<when it was reached>|<when it was lost, ms>` of one that is not any more.

-- A step that is reached again so soon after it was lost was never left in anybody's eyes.
local FORGIVEN_MS = 600000

-- Returns the steps that changed, and those to celebrate, as members of a message.
local function follow_milestones(goal, total, at, now_ms)
  local held, changed, celebrate = {}, {}, {}
  local all = redis.call('HGETALL', milestones_key)
  for i = 1, #all, 2 do held[all[i]] = all[i + 1] end
  for _, step in ipairs(goal.steps) do
    local lost_field, was = 'lost:' .. step, held[step]
    local first, lost_ms = string.match(held[lost_field] or '', '^(.*)|(%d+)$')
    if lost_ms and now_ms - tonumber(lost_ms) > FORGIVEN_MS then
      redis.call('HDEL', milestones_key, lost_field)
      first = nil
    end
    if total >= tonumber(step) then
      if not was then
        redis.call('HSET', milestones_key, step, first or at)
        redis.call('HDEL', milestones_key, lost_field)
        changed[#changed + 1] = '"' .. step .. '":' .. cjson.encode(first or at)
        if not first then celebrate[#celebrate + 1] = step end
      end
    elseif was then
      redis.call('HDEL', milestones_key, step)
      redis.call('HSET', milestones_key, lost_field, was .. '|' .. string.format('%.0f', now_ms))
      changed[#changed + 1] = '"' .. step .. '":null'
    end
  end
  return ',"milestones":{' .. table.concat(changed, ',') .. '},"celebrate":[' ..
    table.concat(celebrate, ',') .. ']'
end
