-- Gives a lease back until `due`; the first `count` messages count one more attempt.
-- Returns 'delayed', 'fenced', or 'mismatch' when those messages are not there any more.
local box = box_of(KEYS)
local token, conversation, due, count = unpack(ARGV)

if not holds(box.lease, token) then
  return 'fenced'
end
if redis.call('LLEN', box.mailbox) < tonumber(count) then
  return 'mismatch'
end
for position = 0, tonumber(count) - 1 do
  local envelope = envelope_fields(redis.call('LINDEX', box.mailbox, position))
  envelope.attempts = envelope.attempts + 1
  redis.call('LSET', box.mailbox, position, envelope_line(envelope))
end
postpone(box, conversation, due)
return 'delayed'
