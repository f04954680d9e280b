"""A real single-node Apache Kafka, from Maven artifacts, for whoever wants to see the Kafka adapter work here."""
