"""What the HTTP API answers: shared by the gateway, which gives it, and the client, which reads it."""
