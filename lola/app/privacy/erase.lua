-- Erases one conversation in one step: a turn in hand loses its lease and can commit nothing.
-- KEYS: flag, ready, outbox flag, outbox ready, waiting, outbox waiting, handoff queue, recent, open
-- cases, timers, bodies of timers, then every key that is deleted. ARGV: group, conversation.
local group, conversation = ARGV[1], ARGV[2]

for _, place in ipairs({1, 3}) do
  local entry = redis.call('GET', KEYS[place])
  if entry and string.find(entry, '^[1-9]') then
    redis.call('XACK', KEYS[place + 1], group, entry)
    redis.call('XDEL', KEYS[place + 1], entry)
  end
end
local entries = redis.call('ZREM', KEYS[5], conversation) + redis.call('ZREM', KEYS[6], conversation)
  + redis.call('ZREM', KEYS[7], conversation) + redis.call('ZREM', KEYS[8], conversation)
  + redis.call('HDEL', KEYS[9], conversation)
for _, name in ipairs(redis.call('HKEYS', KEYS[11])) do
  if string.sub(name, 1, #conversation + 1) == conversation .. ' ' then
    entries = entries + redis.call('ZREM', KEYS[10], name) + redis.call('HDEL', KEYS[11], name)
  end
end
local deleted = 0
for place = 12, #KEYS do
  deleted = deleted + redis.call('DEL', KEYS[place])
end
return {deleted, entries}
