"""Reading and writing natural language: sender wording, languages, numbers, names of countries."""
