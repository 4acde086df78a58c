"""Every log event, audit event and metric name of the product.

Log events are dotted words in lower case; anything else that is passed as an event is written as
`unnamed` (`lola.telemetry.logs`). A name that was released is not used again for something else.
"""

# The process.
STARTED = "service.started"
STOPPED = "service.stopped"
UNSAFE_ALLOWED = "service.unsafe_allowed"
LIBRARY = "library.record"

# A message: webhook, turn, delivery.
PROXY_UNTRUSTED = "proxy.untrusted"
REQUEST_UNREADABLE = "request.unreadable"
REQUEST_FAILED = "request.failed"
WEBHOOK_REFUSED = "webhook.refused"
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
SEND_RETRIED = "send.retried"
SEND_DROPPED = "send.dropped"
SEND_REJECTED = "send.rejected"
SEND_UNKNOWN = "send.unknown"
SEND_LOST = "send.lost"
SEND_LATE = "send.late"
SEND_PACED = "send.paced"
SEND_INVITED = "send.invited"
SEND_WAITS = "send.waits"
SEND_BY_TEMPLATE = "send.by_template"
TEMPLATE_STATUS = "template.status"
TEMPLATE_UNUSABLE = "template.unusable"
TEMPLATE_REFUSED = "template.refused"
TEMPLATES_UNSEEN = "templates.unseen"
SEND_FAILED = "send.failed"
CHANNEL_STOPPED = "channel.stopped"

# Money.
TICKET_REFUSED = "ticket.refused"
TICKET_UNSURE = "ticket.unsure"
TICKET_UNRESOLVED = "ticket.unresolved"
ENROLMENT_FAILED = "enrolment.failed"
ENROLMENT_BOOKED = "enrolment.booked"
ENROLMENT_UNRESOLVED = "enrolment.unresolved"
TICKET_AMOUNT_DIFFERS = "ticket.amount_differs"
RECONCILED = "reconciler.ran"
RECONCILER_FOUND = "reconciler.found"
CALLBACK_REFUSED = "callback.refused"
CALLBACK_UNKNOWN = "callback.value_unknown"
CALLBACK_UNCONFIRMED = "callback.unconfirmed"

# People of the bank.
HANDOFF_LATE = "handoff.late"
HELP_DESK_FAILED = "help_desk.failed"

# The last check took something out of an outgoing message.
OUTGOING_CHANGED = "outgoing.changed"

# Staff actions, as audit events: who did what to which conversation. They never hold text, names or
# telephone numbers of senders.
STAFF_TAKEN_OVER = "escalation.taken_over"
STAFF_TAKE_OVER_REFUSED = "escalation.take_over_refused"
STAFF_REPLIED = "escalation.replied"
STAFF_REPLY_REFUSED = "escalation.reply_refused"
STAFF_HANDED_BACK = "escalation.handed_back"
STAFF_HAND_BACK_REFUSED = "escalation.hand_back_refused"
HELP_DESK_OWNER_SET = "escalation.seated_outside"
HELP_DESK_ACTION_UNKNOWN = "escalation.outside_unknown"

# A value of the bank's vault was opened, as an audit event. The value is never in it.
VAULT_OPENED = "vault.opened"

# The console, as audit events: who signed in and who read what. They never hold passwords, or names
# that belong to no account: people type passwords into the wrong field.
CONSOLE_SIGNED_IN = "console.signed_in"
CONSOLE_SIGN_IN_REFUSED = "console.sign_in_refused"
CONSOLE_SIGNED_OUT = "console.signed_out"
CONSOLE_CONVERSATION_READ = "console.conversation_read"
CONSOLE_FILE_READ = "console.file_read"
CONSOLE_PARTNER_READ = "console.partner_read"

# What staff and operators do at a partner, beside the records in the store.
STAFF_AT_PARTNER = "staff.at_partner"
STAFF_REFUSED_BY_ROLE = "staff.refused_by_role"

# Consent: who may be written to.
CONSENT_CHANGED = "consent.changed"

# The audit trail, and kinds of records in it that are no log events.
STAFF_ADDED = "staff.added"
STAFF_DISABLED = "staff.disabled"
EVIDENCE_EXPORTED = "audit.exported"
PRIVACY_EXPORTED = "privacy.exported"
PRIVACY_ERASE = "privacy.erase"
PRIVACY_ERASED = "privacy.erased"
AUDIT_ANCHOR = "audit.anchor"
AUDIT_GAP = "audit.gap"
AUDIT_NOT_SHIPPED = "audit.not_shipped"

# Partners, models, agents and the store.
PARTNER_UNAVAILABLE = "partner.unavailable"
PARTNER_EVENT_IGNORED = "partner.event_ignored"
PARTNER_EVENT_UNKNOWN = "partner.event_unknown"
PARTNER_EVENT_FOREIGN = "partner.event_foreign"
PARTNER_EVENT_LATE = "partner.event_late"
PARTNER_EVENT_KEPT = "partner.event_kept"
PARTNER_EVENT_CLAIMED = "partner.event_claimed"
PARTNER_EVENT_UNCLAIMED = "partner.event_unclaimed"
PARTNER_STATUS_UNKNOWN = "partner.status_unknown"
DATA_REQUEST = "partner.data_request"
DATA_SOURCE_FAILED = "partner.data_source_failed"
PREFILL_REFUSED = "partner.prefill_refused"
MODEL_FAILED = "model.failed"
MODEL_PASSED_OVER = "model.passed_over"
LOOP_STOPPED = "loop.stopped"
PROBING_STOPPED = "probing.stopped"
BUDGET_SPENT = "budget.spent"
FILE_NOT_KEPT = "file.not_kept"
VOICE_UNHEARD = "voice.unheard"
MODEL_CACHE_REFUSED = "model.cache_refused"
AGENTS_RELOADED = "agents.reloaded"
AGENTS_REFUSED = "agents.refused"
AGENT_UNKNOWN = "agents.unknown"
ENHANCER_FELL_BACK = "enhancer.fell_back"
CLOCK_SET_BACK = "clock.set_back"
STORE_RESTARTED = "store.restarted"
STORE_UNAVAILABLE = "store.unavailable"

# The sandbox.
WIDGET_REPORTED = "sandbox.widget_reported"

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
METRIC_LIMITED = "lola_limited"
METRIC_CONNECTIONS_CLOSED = "lola_connections_closed"
METRIC_GUARD_HITS = "lola_guard_hits"
METRIC_RECONCILER_RUNS = "lola_reconciler_runs"
METRIC_RECONCILER_FOUND = "lola_reconciler_found"
METRIC_QUEUE_AGE = "lola_queue_age_seconds"
