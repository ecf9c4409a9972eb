"""What can go wrong, named for what the operator must know.

DeploymentError
|- DeploymentRefused     nothing was changed
|- DeploymentFailed      the new version does not run as it should; the service has not been returned yet
|- PlatformUnavailable   the platform did not do what it was asked; the cause is kept
|- Overtaken             somebody else deploys at the same time, and theirs was left alone
|- RolledBack            the new version failed, and the service runs the one before again
`- Stranded              the new version failed, and so did the return: a person is needed
"""

from __future__ import annotations


class DeploymentError(Exception):
    """Everything that ends a deployment without a new version."""


class DeploymentRefused(DeploymentError):
    """Nothing was changed."""


class DeploymentFailed(DeploymentError):
    """The new version does not run as it should."""


class PlatformUnavailable(DeploymentError):
    """The platform did not do what it was asked."""


class Overtaken(DeploymentError):
    """Somebody else deploys at the same time; theirs was left alone."""


class RolledBack(DeploymentError):
    """The new version failed, and the service runs the one before again."""


class Stranded(DeploymentError):
    """The new version failed, and so did the return to the one before."""
