-- Takes one token per event of every bucket in KEYS, or of none where one of them is empty.
-- Each bucket holds the time (ms) at which it is full again. Returns {refusing bucket or 0, wait ms}
-- for the last event. The same `once` asked again gets the same answer and takes nothing.
-- Without an event it returns what the next one would get, and changes nothing.
local once, now = ARGV[1], tonumber(ARGV[2])
local buckets = #KEYS
local events = {}
for place = 3 + 2 * buckets, #ARGV do
  events[#events + 1] = tonumber(ARGV[place])
end
if once ~= '' then
  local known = redis.call('HMGET', KEYS[1], 'once', 'refused', 'wait')
  if known[1] == once then
    return {tonumber(known[2]), tonumber(known[3])}
  end
end

local full, step, room = {}, {}, {}
for place, key in ipairs(KEYS) do
  full[place] = tonumber(redis.call('HGET', key, 'full') or '0')
  step[place] = tonumber(ARGV[1 + 2 * place])
  room[place] = tonumber(ARGV[2 + 2 * place])
end

local function empty_at(at)
  for place = 1, buckets do
    local wait = math.max(full[place], at) + step[place] - at - room[place]
    if wait > 1 then
      return place, math.ceil(wait)
    end
  end
  return 0, 0
end

if #events == 0 then
  return {empty_at(now)}
end
local refused, wait = 0, 0
for _, at in ipairs(events) do
  refused, wait = empty_at(at)
  if refused == 0 then
    for place = 1, buckets do
      full[place] = math.max(full[place], at) + step[place]
    end
  end
end
for place, key in ipairs(KEYS) do
  redis.call('HSET', key, 'full', string.format('%.3f', full[place]))
  redis.call('PEXPIRE', key, math.ceil(math.max(full[place] - now, room[place])))
end
if once ~= '' then
  redis.call('HSET', KEYS[1], 'once', once, 'refused', refused, 'wait', wait)
end
return {refused, wait}
