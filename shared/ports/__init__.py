"""The Protocols that services depend on; adapters and fakes implement them, one contract suite tests both."""
