-- Returns the timers that are due: {place of the shard in KEYS, name, body, …}.
-- They stay where they are until their event is in the inbox.
local now, limit = unpack(ARGV)
local found = {}

for shard = 1, #KEYS / 2 do
  local timers, bodies = KEYS[2 * shard - 1], KEYS[2 * shard]
  local due = redis.call('ZRANGEBYSCORE', timers, '-inf', now, 'LIMIT', 0, limit)
  for _, name in ipairs(due) do
    table.insert(found, shard)
    table.insert(found, name)
    table.insert(found, redis.call('HGET', bodies, name) or '')
  end
end
return found
