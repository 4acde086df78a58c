"""The hosted widget's stand-in: the pages on which a sender finishes, approves or cancels."""

from lola.sandbox.widget.routes import Widget

__all__ = ["Widget"]
