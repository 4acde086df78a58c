-- Adds what one sent message cost its conversation, since the last transfer and on this day.
-- Returns messages, segments and cost since the last transfer, and the day's cost before and after.
-- The message that tells of an approved transfer ends the count.
local key = KEYS[1]
local day, messages, segments, cost, ends, kept = unpack(ARGV)

if redis.call('HGET', key, 'day') ~= day then
  redis.call('HSET', key, 'day', day, 'day_cost', 0)
end
local today = redis.call('HINCRBY', key, 'day_cost', cost)
local total = {
  redis.call('HINCRBY', key, 'messages', messages),
  redis.call('HINCRBY', key, 'segments', segments),
  redis.call('HINCRBY', key, 'cost', cost),
}
if ends == '1' then
  redis.call('HDEL', key, 'messages', 'segments', 'cost')
end
redis.call('EXPIRE', key, kept)
return {total[1], total[2], total[3], today - cost, today}
