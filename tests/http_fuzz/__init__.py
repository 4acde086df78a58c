"""Generated requests to every route, by schemathesis (`make fuzz-http`)."""
