"""The five agents, a folder each (`agent.toml`, prompts in both languages), and their tools."""
