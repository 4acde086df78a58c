-- Makes the delayed conversations ready that are due. KEYS: per shard its delay set and its ready
-- stream; ARGV: until when, how many at once, and per shard the prefix of its flags.
-- Returns when the next one is due (milliseconds), or an empty string.
local until_when, limit = unpack(ARGV)
local next_due

for shard = 1, #KEYS / 2 do
  local waiting, ready, flags = KEYS[2 * shard - 1], KEYS[2 * shard], ARGV[2 + shard]
  local due = redis.call('ZRANGEBYSCORE', waiting, '-inf', until_when, 'LIMIT', 0, limit)
  for _, conversation in ipairs(due) do
    redis.call('ZREM', waiting, conversation)
    if redis.call('GET', flags .. conversation) == LATER then
      announce(flags .. conversation, ready, conversation)
    end
  end
  local first = tonumber(redis.call('ZRANGE', waiting, 0, 0, 'WITHSCORES')[2])
  if first and (not next_due or first < next_due) then
    next_due = first
  end
end
return next_due and text(next_due) or ''
