-- The one step in which a turn becomes true: everything below happens, or nothing does.
-- Behind the fixed arguments stand `rows` rows, `timers` times name, due and body, `audits` records
-- for the audit trail, and the names of the timers to forget.
-- Answers 'idle' (mailbox empty, lease given back), 'more', 'fenced', 'mismatch' or 'ownership'.
local box = box_of(KEYS)
local outbox = {mailbox = KEYS[7], flag = KEYS[8], ready = KEYS[9]}
local state, history, ownership, desk, letters, clock, events, trail = unpack(KEYS, 10)
local token, conversation, lease_ms, first, last, count, epoch, new_state, turn, keep, ttl, grave,
  owner, staff, since, reason, score, trace_id, rows, timers, audits = unpack(ARGV)
local ROWS = 22
local TIMERS = ROWS + rows
local AUDITS = TIMERS + 3 * timers
local FORGOTTEN = AUDITS + audits

if not holds(box.lease, token) then
  return 'fenced'
end
count = tonumber(count)
local head = redis.call('LINDEX', box.mailbox, 0)
local tail = redis.call('LINDEX', box.mailbox, count - 1)
if not (head and tail and string.match(head, '^%d+') == first
    and string.match(tail, '^%d+') == last) then
  return 'mismatch'
end
if (redis.call('HGET', ownership, 'epoch') or '0') ~= epoch then
  return 'ownership'
end

for _ = 1, count do
  local message = redis.call('LPOP', box.mailbox)
  if grave ~= '' then
    local attempts, body = string.match(message, '^%d+ (%d+) (.*)$')
    bury(letters, conversation, 'inbox', grave, attempts + 1, body)
  end
end
if new_state ~= '' then
  redis.call('HSET', state, 'state', new_state)
  redis.call('HINCRBY', state, 'version', 1)
  redis.call('RPUSH', history, turn)
  redis.call('LTRIM', history, -keep, -1)
end
if owner ~= '' then
  change_owner(ownership, desk, conversation, owner, staff, since, reason, score)
end
keep_for(ownership, state, history, ttl)
for position = ROWS, TIMERS - 1 do
  redis.call('RPUSH', outbox.mailbox, ARGV[position])
end
if TIMERS > ROWS then
  announce_once(outbox.flag, outbox.ready, conversation)
end
for position = TIMERS, AUDITS - 1, 3 do
  set_timer(clock, events, ARGV[position], ARGV[position + 1], ARGV[position + 2])
end
for position = AUDITS, FORGOTTEN - 1 do
  record(trail, conversation, trace_id, ARGV[position])
end
for position = FORGOTTEN, #ARGV do
  drop_timer(clock, events, ARGV[position])
end
if redis.call('LLEN', box.mailbox) == 0 then
  return leave(box, conversation)
end
redis.call('PEXPIRE', box.lease, lease_ms)
return 'more'
