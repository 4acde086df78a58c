-- Forgets a timer. Returns 1 when it was still there.
local timers, bodies = unpack(KEYS)
local name = unpack(ARGV)

return drop_timer(timers, bodies, name)
