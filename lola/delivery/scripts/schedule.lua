-- Keeps an event until it is due. The same name again replaces it.
local timers, bodies = unpack(KEYS)
local name, due, body = unpack(ARGV)

set_timer(timers, bodies, name, due, body)
