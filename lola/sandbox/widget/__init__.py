"""Stand-in for the hosted widget: the pages on which a sender completes, approves or cancels."""

from lola.sandbox.widget.routes import Widget

__all__ = ["Widget"]
