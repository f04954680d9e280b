"""What the benches of eventing share: both ends of HTTP, the processes, a log in memory."""
