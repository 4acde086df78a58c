-- Shared by all scripts; `scripts.py` puts the constants (GROUP, …_SECONDS) in front of it.
-- Payloads are never decoded here: a JSON round trip through Lua would change empty lists and
-- large numbers. What the scripts must know stands in a plain header before the payload.

-- A flag's value is the id of the conversation's one entry in the ready stream, or LATER while the
-- conversation waits in the delay set. No stream entry ever has the id LATER.
local LATER = '0-0'

local function text(number)
  return string.format('%.0f', number)
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

-- Answers whether this consumer may work on the entry: its new token, or nil and the reason.
local function lease_entry(box, conversation, entry, consumer, lease_ms)
  if redis.call('GET', box.flag) ~= entry then
    forget_entry(box.ready, entry)
    return nil, 'gone'
  end
  local held = redis.call('GET', box.lease)
  -- A lease under our own name is from an earlier life of this consumer: its token dies here.
  if held and string.match(held, ':(.*)$') ~= consumer then
    return nil, 'busy'
  end
  local token = next_token(box.fence)
  redis.call('SET', box.lease, token .. ':' .. consumer, 'PX', lease_ms)
  redis.call('XCLAIM', box.ready, GROUP, consumer, 0, entry, 'JUSTID')
  return token
end

-- Gives the lease back: an empty mailbox leaves nothing behind, another gets a fresh entry.
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

local function box_of(keys)
  return {
    mailbox = keys[1], flag = keys[2], lease = keys[3], fence = keys[4], ready = keys[5],
    waiting = keys[6],
  }
end

local function bury(letters, conversation, kind, reason, attempts, body)
  local oldest = text(server_time() / 1000 - LETTER_SECONDS * 1000)
  redis.call('XADD', letters, 'MINID', '~', oldest, '*', 'conversation', conversation,
    'kind', kind, 'reason', reason, 'attempts', attempts, 'body', body)
end

local function record(trail, conversation, trace_id, body)
  local oldest = text(server_time() / 1000 - AUDIT_SECONDS * 1000)
  redis.call('XADD', trail, 'MINID', '~', oldest, '*', 'conversation', conversation,
    'trace_id', trace_id, 'body', body)
end

-- Changes the owner; the epoch rises by one. `score` orders the desk.
local function change_owner(key, desk, conversation, owner, staff, since, reason, score)
  redis.call('HSET', key, 'owner', owner, 'staff', staff, 'since', since, 'reason', reason)
  if owner == 'bot' then
    redis.call('ZREM', desk, conversation)
    redis.call('EXPIRE', key, IDLE_SECONDS)
  else
    redis.call('ZADD', desk, score, conversation)
    redis.call('PERSIST', key)
  end
  return redis.call('HINCRBY', key, 'epoch', 1)
end

-- State and history live `ttl` seconds past their last change, and as long as a person needs them.
local function keep_for(ownership, state, history, ttl)
  for _, key in ipairs({state, history}) do
    if (redis.call('HGET', ownership, 'owner') or 'bot') == 'bot' then
      redis.call('EXPIRE', key, ttl)
    else
      redis.call('PERSIST', key)
    end
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
