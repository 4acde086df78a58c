"""Reports of a run of scenario files, for people (HTML) and for programs (JSON, JUnit XML)."""
