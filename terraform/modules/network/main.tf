# Two zones: a load balancer asks for two, and the loss of one leaves the service standing.

locals {
  zones = slice(data.aws_availability_zones.open.names, 0, 2)

  # Tasks need AWS and nothing else. With an endpoint for each service that they use there is no way out to the
  # internet at all; without, a NAT gateway is the way.
  gateways = var.interface_endpoints ? 0 : var.single_nat_gateway ? 1 : 2
}

data "aws_availability_zones" "open" {
  #checkov:skip=CKV_AWS_394:The first two are taken, and a subnet stays in the zone in which it was made
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"] # no Local Zones: Fargate and load balancers are not in all of them
  }
}

resource "aws_vpc" "this" {
  #checkov:skip=CKV2_AWS_11:Flow logs cost by the gigabyte and would hold shoppers' addresses; who needs them turns them on
  cidr_block           = var.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true # interface endpoints answer by name
  tags                 = { Name = var.name }
}

# Nothing uses it; without rules nothing that forgets to name a group is reachable.
resource "aws_default_security_group" "closed" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.name}-closed" }
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = var.name }
}

resource "aws_subnet" "public" {
  count = length(local.zones)

  vpc_id            = aws_vpc.this.id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(var.cidr, 4, count.index)
  tags              = { Name = "${var.name}-public-${count.index + 1}" }

  lifecycle {
    ignore_changes = [availability_zone] # the list of zones may change, above all when one has trouble
  }
}

resource "aws_subnet" "private" {
  count = length(local.zones)

  vpc_id            = aws_vpc.this.id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(var.cidr, 4, 8 + count.index)
  tags              = { Name = "${var.name}-private-${count.index + 1}" }

  lifecycle {
    ignore_changes = [availability_zone] # the list of zones may change, above all when one has trouble
  }
}

resource "aws_eip" "nat" {
  #checkov:skip=CKV2_AWS_19:Each belongs to the NAT gateway of the same number, below
  count = local.gateways

  tags       = { Name = "${var.name}-nat-${count.index + 1}" }
  depends_on = [aws_internet_gateway.this]
}

resource "aws_nat_gateway" "this" {
  count = local.gateways

  allocation_id = aws_eip.nat[count.index].id
  subnet_id     = aws_subnet.public[count.index].id
  tags          = { Name = "${var.name}-${count.index + 1}" }
}
