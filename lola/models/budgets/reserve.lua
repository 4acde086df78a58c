-- Sets tokens and cost aside before a turn asks a model, or refuses. Answers 1 or 0.
-- What an earlier attempt of the same turn had set aside stays counted: its requests may be billed.
local account = KEYS[1]
local turn, tokens, cost, token_limit, cost_limit, ttl = unpack(ARGV)

local function exceeds(field, amount, limit)
  local total = tonumber(redis.call('HGET', account, field) or '0')
  return limit ~= '0' and total + tonumber(amount) > tonumber(limit)
end

if exceeds('tokens', tokens, token_limit) or exceeds('cost', cost, cost_limit) then
  return 0
end
redis.call('HINCRBY', account, 'tokens', tokens)
redis.call('HINCRBY', account, 'cost', cost)
redis.call('HSET', account, 'turn:' .. turn, tokens .. ' ' .. cost)
redis.call('EXPIRE', account, ttl)
return 1
