-- Puts one message into the outbox ahead of the turn that is still being worked on, once per turn.
-- Returns 1, or 0 when it came too late, was sent already, or may not be sent any more.
local box = box_of(KEYS)
local outbox = {mailbox = KEYS[7], flag = KEYS[8], ready = KEYS[9]}
local ownership, mark = KEYS[10], KEYS[11]

-- Once a turn is committed its messages are gone: this one must not come after the answer.
local head = redis.call('LINDEX', box.mailbox, 0)
if not (holds(box.lease, arg_token) and head and envelope_key(head) == arg_first) then
  return 0
end
if (redis.call('HGET', ownership, 'epoch') or '0') ~= arg_epoch then
  return 0
end
-- A turn that is repeated after a crash begins with the same message.
if redis.call('GET', mark) == arg_first then
  return 0
end
redis.call('SET', mark, arg_first, 'EX', IDLE_SECONDS)
redis.call('RPUSH', outbox.mailbox, arg_row)
announce_once(outbox.flag, outbox.ready, arg_conversation)
return 1
