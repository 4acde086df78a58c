-- Puts what a turn really took in the place of what it had set aside, once. Answers 1 or 0.
local account = KEYS[1]
local turn, tokens, cost = unpack(ARGV)
local reserved = redis.call('HGET', account, 'turn:' .. turn)
if not reserved then
  return 0
end
local reserved_tokens, reserved_cost = string.match(reserved, '^(%d+) (%d+)$')
redis.call('HINCRBY', account, 'tokens', string.format('%.0f', tokens - reserved_tokens))
redis.call('HINCRBY', account, 'cost', string.format('%.0f', cost - reserved_cost))
redis.call('HDEL', account, 'turn:' .. turn)
return 1
