-- Accepts one message once. Safe to repeat: the dedupe key and the message appear together.
-- Answers {seq, 1 when it was known already}.
local mailbox, flag, ready, counter, seen = unpack(KEYS)
local conversation, body = unpack(ARGV)

local known = redis.call('GET', seen)
if known then
  return {tonumber(known), 1}
end
local seq = redis.call('INCR', counter)
redis.call('EXPIRE', counter, IDLE_SECONDS)
redis.call('SET', seen, seq, 'EX', SEEN_SECONDS)
redis.call('RPUSH', mailbox, seq .. ' 0 ' .. body)
announce_once(flag, ready, conversation)
return {seq, 0}
