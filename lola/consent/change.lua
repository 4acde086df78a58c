-- Changes whether a sender may be written to, and writes it into their log; both or neither.
-- Answers 'changed', 'again' (this very event did it), 'same' (nothing to change, or this event did
-- it earlier and another has changed it since) or 'stale'.
local RECENT = 50
local consent, history = unpack(KEYS)
local event, state, at, how, conversation, token = unpack(ARGV)

-- A worker that lost its lease must not undo what a later one was told: tokens only rise.
-- Equal lengths let strings be compared as numbers without losing digits.
local function older(mine, theirs)
  return #mine < #theirs or (#mine == #theirs and mine < theirs)
end

local field = 'token:' .. conversation
if token ~= '' then
  local known = redis.call('HGET', consent, field)
  if known and older(token, known) then
    return 'stale'
  end
  redis.call('HSET', consent, field, token)
end
local current = redis.call('HMGET', consent, 'event', 'state')
if current[1] == event then
  return 'again'
end
if (current[2] or 'in') == state then
  return 'same'
end
-- A turn that is repeated after a crash brings all its events again.
for _, line in ipairs(redis.call('LRANGE', history, -RECENT, -1)) do
  if cjson.decode(line).event == event then
    return 'same'
  end
end
redis.call('HSET', consent, 'event', event, 'state', state, 'at', at, 'how', how)
redis.call('RPUSH', history, cjson.encode({
  event = event, state = state, at = at, how = how, conversation = conversation,
}))
return 'changed'
