-- Keeps an event until its time. The same name again replaces it.
local timers, bodies = unpack(KEYS)
local name, due, body = unpack(ARGV)

set_timer(timers, bodies, name, due, body)
