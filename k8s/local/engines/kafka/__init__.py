"""A real single-node Apache Kafka from Maven artifacts, to run the Kafka adapter on this machine."""
