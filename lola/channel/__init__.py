"""The contract of a channel, and the rendering of messages within the limits of a channel."""
