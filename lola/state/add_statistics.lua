-- Adds to a day's statistics. KEYS[1]: the day's hash. ARGV: seconds to keep it, then names and numbers.
for at = 2, #ARGV, 2 do
  redis.call('HINCRBYFLOAT', KEYS[1], ARGV[at], ARGV[at + 1])
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
