-- Accepts one message once. Safe to repeat: the dedupe key and the message appear together.
-- Returns {seq, 1 when it was known already}.
local mailbox, flag, ready, counter, seen = unpack(KEYS)
local conversation, body = unpack(ARGV)

local known = redis.call('GET', seen)
if known then
  -- A write of its own, so that a WAIT behind it covers the message as well: the first delivery
  -- may have been refused because no replica had it yet.
  redis.call('EXPIRE', seen, SEEN_SECONDS)
  return {tonumber(known), 1}
end
local seq = redis.call('INCR', counter)
redis.call('EXPIRE', counter, IDLE_SECONDS)
redis.call('SET', seen, seq, 'EX', SEEN_SECONDS)
redis.call('RPUSH', mailbox, envelope_line({seq = seq, attempts = 0, body = body}))
announce_once(flag, ready, conversation)
return {seq, 0}
