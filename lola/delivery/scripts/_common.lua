-- Shared by all scripts. `scripts.py` puts in front of it the constants (GROUP, …_SECONDS) and the
-- readers and writers of stored lines (`envelope_key`, `row_fields`, `row_line`, …).
-- Payloads are never decoded here: a JSON round trip through Lua would change empty lists and
-- large numbers. What the scripts must know is in the plain header before the payload.

-- A flag's value is the id of the conversation's one entry in the ready stream, or LATER while the
-- conversation waits in the delay set. No stream entry ever has the id LATER.
local LATER = '0-0'

local function text(number)
  return string.format('%.0f', number)
end

-- Returns the list whose length is at ARGV[last + 1], and where it ends.
local function items_after(last)
  local finish = last + 1 + ARGV[last + 1]
  return {unpack(ARGV, last + 2, finish)}, finish
end

local function server_time()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end

local function announce(flag, ready, conversation)
  redis.call('SET', flag, redis.call('XADD', ready, '*', 'c', conversation))
end

local function announce_once(flag, ready, conversation)
  if redis.call('EXISTS', flag) == 0 then
    announce(flag, ready, conversation)
  end
end

local function forget_entry(ready, entry)
  redis.call('XACK', ready, GROUP, entry)
  redis.call('XDEL', ready, entry)
end

-- A lease is `<token>:<consumer>`; the token alone decides.
local function holds(lease, token)
  local held = redis.call('GET', lease)
  return held and string.match(held, '^%d+') == token
end

local function next_token(fence)
  -- Server time keeps tokens rising even when a failover lost the counter.
  local token = math.max(redis.call('INCR', fence), server_time())
  redis.call('SET', fence, text(token), 'EX', IDLE_SECONDS)
  return text(token)
end

-- Leases the conversation of an entry to a consumer. Returns the new token, or nil and the reason.
local function lease_entry(box, conversation, entry, consumer, lease_ms)
  if redis.call('GET', box.flag) ~= entry then
    forget_entry(box.ready, entry)
    return nil, 'gone'
  end
  local held = redis.call('GET', box.lease)
  -- A lease under our own name was left by this consumer's earlier process; the new token ends it.
  if held and string.match(held, ':(.*)$') ~= consumer then
    return nil, 'busy'
  end
  local token = next_token(box.fence)
  redis.call('SET', box.lease, token .. ':' .. consumer, 'PX', lease_ms)
  redis.call('XCLAIM', box.ready, GROUP, consumer, 0, entry, 'JUSTID')
  return token
end

-- Gives the lease back. An empty mailbox leaves no key behind; any other gets a fresh entry.
local function leave(box, conversation)
  local entry = redis.call('GET', box.flag)
  redis.call('DEL', box.lease)
  if entry then
    forget_entry(box.ready, entry)
  end
  if redis.call('LLEN', box.mailbox) == 0 then
    redis.call('DEL', box.flag)
    return 'idle'
  end
  announce(box.flag, box.ready, conversation)
  return 'more'
end

-- Gives the lease back until `due` (milliseconds); the head of the mailbox stays the head.
local function postpone(box, conversation, due)
  local entry = redis.call('GET', box.flag)
  redis.call('DEL', box.lease)
  if entry then
    forget_entry(box.ready, entry)
  end
  redis.call('SET', box.flag, LATER)
  redis.call('ZADD', box.waiting, due, conversation)
end

-- Names the six keys of a mailbox (`Box` of lola/state/keys.py), which begin at `first`.
local function box_of(keys, first)
  first = first or 1
  return {
    mailbox = keys[first], flag = keys[first + 1], lease = keys[first + 2],
    fence = keys[first + 3], ready = keys[first + 4], waiting = keys[first + 5],
  }
end

local function dead_letter(dead_letters, conversation, kind, reason, attempts, body)
  local oldest = text(server_time() / 1000 - DEAD_LETTER_SECONDS * 1000)
  redis.call('XADD', dead_letters, 'MINID', '~', oldest, '*', 'conversation', conversation,
    'kind', kind, 'reason', reason, 'attempts', attempts, 'body', body)
  redis.call('EXPIRE', dead_letters, DEAD_LETTER_SECONDS)
end

-- Changes the owner; the epoch rises by one. `score` orders the handoff queue.
local function change_owner(ownership, handoff_queue, open_cases, conversation, owner, staff, since,
    reason, score)
  redis.call('HSET', ownership, 'owner', owner, 'staff', staff, 'since', since, 'reason', reason)
  if owner == 'bot' then
    redis.call('ZREM', handoff_queue, conversation)
    redis.call('HDEL', open_cases, conversation)
    redis.call('EXPIRE', ownership, IDLE_SECONDS)
  else
    redis.call('ZADD', handoff_queue, score, conversation)
    redis.call('HSET', open_cases, conversation, table.concat({owner, since, staff, reason}, '\31'))
    redis.call('PERSIST', ownership)
  end
  return redis.call('HINCRBY', ownership, 'epoch', 1)
end

-- Lists a conversation by its last turn, in ms; a few that are older than any state are dropped.
local function list_recent(recent, conversation, now)
  redis.call('ZADD', recent, now, conversation)
  local oldest = redis.call('ZRANGEBYSCORE', recent, '-inf', now - RECENT_SECONDS * 1000, 'LIMIT', 0, 10)
  if #oldest > 0 then
    redis.call('ZREM', recent, unpack(oldest))
  end
  redis.call('EXPIRE', recent, RECENT_SECONDS)
end

-- Keeps state and history `ttl` seconds past their last change, and as long as a person is needed;
-- the state for `state_ttl`, where it is given.
local function keep_for(ownership, state, history, ttl, state_ttl)
  if (redis.call('HGET', ownership, 'owner') or 'bot') == 'bot' then
    redis.call('EXPIRE', state, state_ttl or ttl)
    redis.call('EXPIRE', history, ttl)
  else
    redis.call('PERSIST', state)
    redis.call('PERSIST', history)
  end
end

local function set_timer(timers, bodies, name, due, body)
  redis.call('ZADD', timers, due, name)
  redis.call('HSET', bodies, name, body)
end

local function drop_timer(timers, bodies, name)
  redis.call('HDEL', bodies, name)
  return redis.call('ZREM', timers, name)
end
