"""The Protocols that services ask for; adapters and fakes implement them, one contract suite tests both."""
