#!/bin/sh
# Starts one of the project's programs with the Node that it pins: `sh build/installed.sh FILE …`. Before `npm ci` that Node is not
# there, and an older one would only say that it does not know the file's kind.
if [ ! -x node_modules/.bin/node ]; then
  echo 'Nothing is installed here yet. Run this first: npm ci' >&2
  exit 1
fi
exec node "$@"
