"""Guards on what comes in and what goes out, and limits on how often something may be tried."""
