#!/bin/sh
# What the test printer does with a job: $1 is the spooled file, $CONTROL a folder by which
# a test takes its paper away or jams it.
env | grep '^IPP_' > "$CONTROL/attributes"
while [ -e "$CONTROL/no-paper" ]; do
  [ -n "$said" ] || { echo "STATE: +media-empty-error" >&2; said=1; }
  sleep 0.1
done
[ -z "$said" ] || echo "STATE: -media-empty-error" >&2
[ ! -e "$CONTROL/jam" ] || { echo "STATE: +media-jam-error" >&2; exit 1; }
cp "$1" "$CONTROL/printed-$(date +%s%N)"
echo "ATTR: job-impressions-completed=1" >&2
