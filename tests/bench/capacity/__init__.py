"""What nine leagues cost, and a hundred and ten thousand times as many: measured figures through a queueing model."""
