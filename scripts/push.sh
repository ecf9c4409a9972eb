#!/usr/bin/env bash
# Build both images of this commit and push them, where they are not there yet: tags are never moved.
#   scripts/push.sh REPOSITORY_URL TAG      (after docker login)
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# = 2 ] || { sed -n 's/^#   /usage: /p' "$0" >&2; exit 2; }
repository=$1 tag=$2

push() { # target, tag
  local image="$repository:$2"
  if docker manifest inspect "$image" > /dev/null 2>&1; then
    echo "$image is there already."
    return
  fi
  docker build --platform linux/amd64 --target "$1" --tag "$image" \
    --build-arg VERSION="$tag" --build-arg REVISION="$(git describe --always --dirty --abbrev=40 --exclude='*')" \
    --build-arg CREATED="$(git log -1 --format=%cI)" .
  docker push "$image"
}

push serve "$tag"
push train "$tag-train"
