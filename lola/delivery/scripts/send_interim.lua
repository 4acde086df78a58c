-- Lets one message leave ahead of the turn that is still being worked on, once per turn.
-- Answers 1, or 0 when it came too late, was said already, or may not be said any more.
local box = box_of(KEYS)
local outbox = {mailbox = KEYS[7], flag = KEYS[8], ready = KEYS[9]}
local ownership, mark = KEYS[10], KEYS[11]
local token, conversation, first, epoch, ttl, row = unpack(ARGV)

-- Once a turn is committed its messages are gone: this one must not come after the answer.
local head = redis.call('LINDEX', box.mailbox, 0)
if not (holds(box.lease, token) and head and string.match(head, '^%d+') == first) then
  return 0
end
if (redis.call('HGET', ownership, 'epoch') or '0') ~= epoch then
  return 0
end
-- A turn that is repeated after a crash begins with the same message.
if redis.call('GET', mark) == first then
  return 0
end
redis.call('SET', mark, first, 'EX', ttl)
redis.call('RPUSH', outbox.mailbox, row)
announce_once(outbox.flag, outbox.ready, conversation)
return 1
