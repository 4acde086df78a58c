-- Gives a lease back until `due`; the first `count` messages count one more attempt.
-- Answers 'delayed', 'fenced', or 'mismatch' when those messages are not there any more.
local box = box_of(KEYS)
local token, conversation, due, count = unpack(ARGV)

if not holds(box.lease, token) then
  return 'fenced'
end
if redis.call('LLEN', box.mailbox) < tonumber(count) then
  return 'mismatch'
end
for position = 0, tonumber(count) - 1 do
  local message = redis.call('LINDEX', box.mailbox, position)
  local seq, attempts, body = string.match(message, '^(%d+) (%d+) (.*)$')
  redis.call('LSET', box.mailbox, position, seq .. ' ' .. (attempts + 1) .. ' ' .. body)
end
postpone(box, conversation, due)
return 'delayed'
