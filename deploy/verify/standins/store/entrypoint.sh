#!/bin/sh
# `server /data --address :9000 --console-address :9001`, with MINIO_ROOT_USER(_FILE) and MINIO_ROOT_PASSWORD(_FILE).
set -eu
data=$2
shift 2
address=:9000
while [ $# -gt 0 ]; do
    case $1 in
        --address) address=$2; shift ;;
        --console-address) shift ;; # it has none
    esac
    shift
done
MINIO_ROOT_USER=${MINIO_ROOT_USER:-$(cat "$MINIO_ROOT_USER_FILE")}
MINIO_ROOT_PASSWORD=${MINIO_ROOT_PASSWORD:-$(cat "$MINIO_ROOT_PASSWORD_FILE")}
export MINIO_ROOT_USER MINIO_ROOT_PASSWORD HOME="$data"
meta=sqlite3://$data/meta.db
[ -e "$data/meta.db" ] || \
    juicefs format --storage file --bucket "$data/objects/" --trash-days 0 --no-update "$meta" standin
exec juicefs --no-agent gateway --multi-buckets --keep-etag --object-tag --object-meta \
    --no-usage-report --no-banner --cache-dir "$data/cache" --metrics 127.0.0.1:9567 \
    "$meta" "0.0.0.0:${address##*:}"
