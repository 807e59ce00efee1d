"""What `tocsin dev` embeds: a PostgreSQL from a wheel and librdkafka's mock cluster. Not for production."""
