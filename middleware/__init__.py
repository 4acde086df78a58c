"""The documented middleware: stages of the pipeline that a bank may replace, one file each."""
