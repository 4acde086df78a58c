-- Appends one line to a chain by itself; turns append theirs with their commit.
append_audit(KEYS[1], KEYS[2], ARGV[1], ARGV[2])
return 1
