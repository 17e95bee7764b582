-- Milestones follow the total. Fields of the hash: step → when it was reached, while the total is at
-- least the step; `lost:<step>` → `<when it was reached>|<when it was lost, ms>` once it is not.

-- A step that is reached again this soon after it was lost keeps its time and is not celebrated again.
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
