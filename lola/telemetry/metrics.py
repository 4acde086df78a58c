"""Counters and histograms in a registry of our own, so that each service counts for itself.

Labels come from small closed sets (channel, route, outcome, tool); an address, an id or a text is
never a label.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from lola.telemetry import names

CONTENT_TYPE = CONTENT_TYPE_LATEST

_TURN_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25)
_BILLED = ("channel", "category", "route")
_COUNTS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 50)
_COSTS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1)
_QUEUE_BUCKETS = (0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900)


class Metrics:
    """The metrics of one service. Durations are in seconds."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        self._reasons: dict[str, str] = {}
        self._webhooks = self._counter(
            names.METRIC_WEBHOOKS, "Webhook requests.", "channel", "outcome"
        )
        self._turns = self._counter(names.METRIC_TURNS, "Answered turns.", "route")
        self._turn_seconds = self._histogram(
            names.METRIC_TURN_SECONDS, "Time to answer a turn.", _TURN_BUCKETS, "route"
        )
        self._model_calls = self._counter(
            names.METRIC_MODEL_CALLS, "Requests to chat models.", "model", "outcome"
        )
        self._model_seconds = self._histogram(
            names.METRIC_MODEL_SECONDS, "Time of a model request.", _TURN_BUCKETS, "model"
        )
        self._model_tokens = self._counter(
            names.METRIC_MODEL_TOKENS, "Tokens as providers count them.", "model", "direction"
        )
        self._model_cost = self._counter(
            names.METRIC_MODEL_COST, "Cost by the price table of the settings.", "model"
        )
        self._tool_calls = self._counter(
            names.METRIC_TOOL_CALLS, "Tool calls that models asked for.", "tool", "outcome"
        )
        self._partner_calls = self._counter(
            names.METRIC_PARTNER_CALLS, "Calls to partners.", "partner", "route", "outcome"
        )
        self._partner_seconds = self._histogram(
            names.METRIC_PARTNER_SECONDS,
            "Time of a call to a partner, repeats included.",
            _TURN_BUCKETS,
            "partner",
        )
        self._sends = self._counter(
            names.METRIC_SENDS, "Messages handed to channels.", "channel", "outcome"
        )
        self._waiting = Gauge(
            names.METRIC_WAITING,
            "1 while messages of a channel wait, by the reason of the newest refusal.",
            ("channel", "reason"),
            registry=self.registry,
        )
        self._billed = self._counter(
            names.METRIC_BILLED, "Messages that a provider bills.", *_BILLED
        )
        self._message_cost = self._counter(
            names.METRIC_MESSAGE_COST, "Cost of messages by the price tables.", *_BILLED
        )
        self._transfer_messages = self._histogram(
            names.METRIC_TRANSFER_MESSAGES, "Billed messages per transfer.", _COUNTS, "channel"
        )
        self._transfer_cost = self._histogram(
            names.METRIC_TRANSFER_COST, "Cost of messages per transfer.", _COSTS, "channel"
        )
        self._cost_alarms = self._counter(
            names.METRIC_COST_ALARMS, "Senders whose messages of a day cost too much.", "channel"
        )
        self._priced = self._counter(
            names.METRIC_PRICED,
            "Messages as providers say that they charge them.",
            *("channel", "category", "kind"),
        )
        self._unknown_codes = self._counter(
            names.METRIC_UNKNOWN_CODES, "Errors with a code that is in no table.", "channel"
        )
        self._segments = self._counter(
            names.METRIC_SEGMENTS, "Segments of sent texts, as a channel bills them.", "channel"
        )
        self._guard_hits = self._counter(
            names.METRIC_GUARD_HITS, "Replies that a guard refused.", "guard"
        )
        self._steps = self._counter(
            names.METRIC_STEPS,
            "Steps of transfers, from the first message to the approval.",
            "step",
        )
        self._reconciler_runs = self._counter(
            names.METRIC_RECONCILER_RUNS, "Runs of the reconciler.", "outcome"
        )
        self._reconciler_found = self._counter(
            names.METRIC_RECONCILER_FOUND, "Differences that the reconciler found.", "difference"
        )
        self._limited = self._counter(names.METRIC_LIMITED, "What a rate limit refused.", "limit")
        self._closed = self._counter(
            names.METRIC_CONNECTIONS_CLOSED,
            "Connections that the gateway closed, by what the client was late with.",
            "waited_for",
        )
        self._queue_age = self._histogram(
            names.METRIC_QUEUE_AGE, "Wait from acceptance to lease.", _QUEUE_BUCKETS
        )

    def webhook(self, channel: str, outcome: str) -> None:
        """Count a webhook: `accepted`, `duplicate`, `refused`, `malformed` or `not_stored`."""
        self._webhooks.labels(channel, outcome).inc()

    def turn(self, route: str, seconds: float) -> None:
        """Count a turn and its duration."""
        self._turns.labels(route).inc()
        self._turn_seconds.labels(route).observe(seconds)

    def model_call(
        self,
        model: str,
        outcome: str,
        seconds: float,
        *,
        input_tokens: int = 0,
        cached_tokens: int = 0,
        output_tokens: int = 0,
        cost: float = 0.0,
    ) -> None:
        """Count a model request (`ok`, or why it failed), its duration, tokens and cost.

        The cached part of the input is counted as `cached` and not as `input`.
        """
        self._model_calls.labels(model, outcome).inc()
        self._model_seconds.labels(model).observe(seconds)
        tokens = self._model_tokens
        tokens.labels(model, "input").inc(input_tokens - cached_tokens)
        tokens.labels(model, "cached").inc(cached_tokens)
        tokens.labels(model, "output").inc(output_tokens)
        self._model_cost.labels(model).inc(cost)

    def tool_call(self, tool: str, outcome: str) -> None:
        """Count a tool call; pass declared names only, never what a model made up."""
        self._tool_calls.labels(tool, outcome).inc()

    def partner_call(self, partner: str, route: str, outcome: str, seconds: float) -> None:
        """Count a call by its outcome (`ok`, `refused`, `denied`, `unavailable`) and its duration.

        The route is a template; a filled path would hold a telephone number.
        """
        self._partner_calls.labels(partner, route, outcome).inc()
        self._partner_seconds.labels(partner).observe(seconds)

    def send(self, channel: str, outcome: str) -> None:
        """Count a send: `sent`, or the kind of its error (`lola.delivery.channels`)."""
        self._sends.labels(channel, outcome).inc()

    def waiting(self, channel: str, reason: str) -> None:
        """Show why a channel's messages wait: our code and the provider's; "" when none does."""
        if (before := self._reasons.pop(channel, "")) and before != reason:
            self._waiting.remove(channel, before)
        if reason:
            self._reasons[channel] = reason
            self._waiting.labels(channel, reason).set(1)

    def billed(self, channel: str, category: str, route: str, cost: float) -> None:
        """Count a message that a provider bills, with its cost by the price table."""
        self._billed.labels(channel, category, route).inc()
        self._message_cost.labels(channel, category, route).inc(cost)

    def transfer(self, channel: str, messages: int, cost: float) -> None:
        """Observe how many messages one transfer took, and their cost."""
        self._transfer_messages.labels(channel).observe(messages)
        self._transfer_cost.labels(channel).observe(cost)

    def cost_alarm(self, channel: str) -> None:
        """Count a sender whose messages of a day cost more than the operator allows."""
        self._cost_alarms.labels(channel).inc()

    def priced(self, channel: str, category: str, kind: str) -> None:
        """Count a message as its provider says that it is charged, or why it is free."""
        self._priced.labels(channel, category, kind).inc()

    def unknown_code(self, channel: str) -> None:
        """Count an error of a provider with a code that is in no table; the log has the code."""
        self._unknown_codes.labels(channel).inc()

    def segments(self, channel: str, count: int) -> None:
        """Count the segments of a sent message, on channels that bill them."""
        self._segments.labels(channel).inc(count)

    def guard_hit(self, guard: str) -> None:
        """Count a refused reply by the guard that refused it."""
        self._guard_hits.labels(guard).inc()

    def step(self, step: str) -> None:
        """Count a step of a transfer's journey (`lola.domain.journey.Step`)."""
        self._steps.labels(step).inc()

    def reconciler_run(self, outcome: str) -> None:
        """Count a run of the reconciler by its outcome (`lola.money.reconciliation`)."""
        self._reconciler_runs.labels(outcome).inc()

    def reconciler_found(self, difference: str) -> None:
        """Count a difference between a ticket and the partner's record."""
        self._reconciler_found.labels(difference).inc()

    def limited(self, limit: str) -> None:
        """Count what a rate limit refused, by the name of the limit."""
        self._limited.labels(limit).inc()

    def connection_closed(self, waited_for: str) -> None:
        """Count a connection that the gateway closed: for its deadline, or to make room."""
        self._closed.labels(waited_for).inc()

    def queue_age(self, seconds: float) -> None:
        """Observe how long the oldest message of a burst had waited for its lease."""
        self._queue_age.observe(seconds)

    def render(self) -> bytes:
        """Return all metrics in the text format of Prometheus (`CONTENT_TYPE`)."""
        return generate_latest(self.registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _histogram(
        self, name: str, text: str, buckets: tuple[float, ...], *labels: str
    ) -> Histogram:
        return Histogram(name, text, labels, buckets=buckets, registry=self.registry)
