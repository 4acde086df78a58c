"""Every log event and metric name that the engine uses, in one place.

Log events are dotted words in lower case; whatever else is passed as an event never leaves the
process (`lola.telemetry.logs`). A name that was released is not reused for something else.
"""

# Life of the process.
STARTED = "service.started"
STOPPED = "service.stopped"
LIBRARY = "library.record"

# The road of a message.
WEBHOOK_REFUSED = "webhook.refused"
WEBHOOK_ACCEPTED = "webhook.accepted"
WEBHOOK_ALERT = "webhook.alert"
WEBHOOK_MALFORMED = "webhook.malformed"
WEBHOOK_NOT_STORED = "webhook.not_stored"
TURN_DONE = "turn.done"
TURN_FAILED = "turn.failed"
TURN_POISONED = "turn.poisoned"
TURN_REPEATED = "turn.repeated"
STAGE_ANSWER_DROPPED = "stage.answer_dropped"
LEASE_LOST = "lease.lost"
GROUP_LOST = "delivery.group_lost"
WORKER_FAULT = "worker.fault"
NOT_REPLICATED = "delivery.not_replicated"
TIMER_UNREADABLE = "timer.unreadable"
SEND_DONE = "send.done"
SEND_RETRIED = "send.retried"
SEND_DROPPED = "send.dropped"
SEND_REJECTED = "send.rejected"
SEND_UNKNOWN = "send.unknown"
SEND_LOST = "send.lost"
SEND_LATE = "send.late"
SEND_PACED = "send.paced"
SEND_INVITED = "send.invited"
SEND_FAILED = "send.failed"
CHANNEL_STOPPED = "channel.stopped"

# Money.
TICKET_REFUSED = "ticket.refused"
CALLBACK_REFUSED = "callback.refused"

# People.
HANDOFF_LATE = "handoff.late"
HELP_DESK_FAILED = "help_desk.failed"

# Consent: who may be written to.
CONSENT_CHANGED = "consent.changed"

# What a turn leans on.
PARTNER_UNAVAILABLE = "partner.unavailable"
PARTNER_REFUSED = "partner.refused"
PARTNER_EVENT_IGNORED = "partner.event_ignored"
PARTNER_EVENT_UNKNOWN = "partner.event_unknown"
PARTNER_EVENT_FOREIGN = "partner.event_foreign"
DATA_REQUEST = "partner.data_request"
DATA_SOURCE_FAILED = "partner.data_source_failed"
MODEL_FAILED = "model.failed"
MODEL_PASSED_OVER = "model.passed_over"
BUDGET_SPENT = "budget.spent"
MODEL_CACHE_REFUSED = "model.cache_refused"
AGENTS_RELOADED = "agents.reloaded"
AGENTS_REFUSED = "agents.refused"
AGENT_UNKNOWN = "agents.unknown"
TOOL_FAILED = "tool.failed"
GUARD_HIT = "guard.hit"
ENHANCER_FELL_BACK = "enhancer.fell_back"
STORE_UNAVAILABLE = "store.unavailable"

# Metrics, as Prometheus sees them (counters get `_total` from the client library).
METRIC_WEBHOOKS = "lola_webhooks"
METRIC_TURNS = "lola_turns"
METRIC_TURN_SECONDS = "lola_turn_seconds"
METRIC_MODEL_CALLS = "lola_model_calls"
METRIC_MODEL_SECONDS = "lola_model_seconds"
METRIC_MODEL_TOKENS = "lola_model_tokens"
METRIC_MODEL_COST = "lola_model_cost"
METRIC_TOOL_CALLS = "lola_tool_calls"
METRIC_SENDS = "lola_sends"
METRIC_WAITING = "lola_channel_waiting"
METRIC_SEGMENTS = "lola_segments"
METRIC_GUARD_HITS = "lola_guard_hits"
METRIC_QUEUE_AGE = "lola_queue_age_seconds"
