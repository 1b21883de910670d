#!/bin/sh
# RABBITMQ_NODENAME, RABBITMQ_CONFIG_FILE and the like are read by RabbitMQ's own scripts.
set -eu
exec "$@"
