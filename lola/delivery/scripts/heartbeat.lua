-- Keeps a lease and the idle time of its ready entry fresh. Returns 1, or 0 when it was lost.
local lease, ready = unpack(KEYS)
local token, entry, consumer, lease_ms = unpack(ARGV)

if not holds(lease, token) then
  return 0
end
redis.call('PEXPIRE', lease, lease_ms)
redis.call('XCLAIM', ready, GROUP, consumer, 0, entry, 'JUSTID')
return 1
