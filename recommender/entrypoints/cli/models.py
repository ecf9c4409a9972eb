"""recommender models: look at the published versions, and choose the one that is served."""

from __future__ import annotations

import argparse
import json

from recommender.container import Container
from recommender.domain.errors import NoModelPublished
from recommender.entrypoints.cli import listing
from recommender.entrypoints.cli.arguments import whole_number
from recommender.entrypoints.cli.figures import show_figures
from recommender.entrypoints.cli.screen import complain, draw, megabytes, out, say

KEPT = 5
MOST_KEPT = 1_000


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the verb, and what can be done with versions."""
    verb = verbs.add_parser("models", help="list, promote, roll back and prune versions", description=__doc__)
    acts = verb.add_subparsers(metavar="ACT", required=True)
    act = acts.add_parser("list", help="all versions, the newest first")
    act.add_argument("--json", action="store_true", help="print JSON instead of a table")
    act.set_defaults(run=run_list)
    act = acts.add_parser("show", help="the figures of one version")
    act.add_argument("version", nargs="?", metavar="VERSION", help="default: the current version")
    act.add_argument("--json", action="store_true", help="print the card as JSON")
    act.set_defaults(run=run_show)
    act = acts.add_parser("promote", help="make a version current, if the promotion rule allows it")
    act.add_argument("version", metavar="VERSION")
    act.add_argument("--force", action="store_true", help="whatever the promotion rule says")
    act.set_defaults(run=run_promote)
    act = acts.add_parser("rollback", help="return to the version that was current before")
    act.add_argument("--to", metavar="VERSION", help="return further back, to this one")
    act.set_defaults(run=run_rollback)
    act = acts.add_parser("prune", help="delete old versions, and what interrupted work has left")
    act.add_argument(
        "--keep",
        type=whole_number(1, MOST_KEPT),
        default=KEPT,
        metavar="N",
        help="so many of the newest stay, and always the current one and the one before it "
        "(default: %(default)s)",
    )
    act.add_argument("--dry-run", action="store_true", help="only say what would be deleted")
    act.set_defaults(run=run_prune)


def run_list(asked: argparse.Namespace, container: Container) -> int:
    """Show every version; 1 if nobody can say which one is current."""
    found = container.list_versions()()
    if not found.versions:
        raise NoModelPublished
    if asked.json:
        out.print_json(json.dumps({"versions": [listing.row(each) for each in found.versions]}))
    else:
        draw(listing.table(found.versions))
        for each in found.versions:
            if each.refused:
                say(f"{each.version} is refused: {each.refused}.")
    if found.damaged:
        complain(found.damaged)
    return 1 if found.damaged else 0


def run_show(asked: argparse.Namespace, container: Container) -> int:
    """Show what one version says of itself."""
    version = container.list_versions().one(asked.version)
    if asked.json:
        out.print_json(json.dumps(listing.document(version)))
        return 0
    say(listing.in_words(version))
    if version.card:
        show_figures(version.card)
    return 0


def run_promote(asked: argparse.Namespace, container: Container) -> int:
    """Promote a version and say why; 1 if it was not promoted."""
    done = container.promote()(asked.version, force=asked.force)
    if done.changed:
        say(done.verdict.why)
        say(f"{asked.version} is current now{f', instead of {done.before}' if done.before else ''}.")
        return 0
    if done.verdict.promoted or asked.force:
        complain("Another version became current meanwhile; nothing was changed.")
    else:
        complain(f"{done.verdict.why} {done.before} stays current; --force promotes all the same.")
    return 1


def run_rollback(asked: argparse.Namespace, container: Container) -> int:
    """Return to an earlier version, whatever its figures are."""
    before, now = container.roll_back()(asked.to)
    say(f"Rolled back from {before} to {now}.")
    return 0


def run_prune(asked: argparse.Namespace, container: Container) -> int:
    """Delete what nobody needs, and say what it was."""
    pruned = container.prune()(asked.keep, only_look=asked.dry_run)
    for each in pruned.versions:
        say(each)
    for each in pruned.remnants:
        say(f"{each} (incomplete)")
    what = "To be deleted" if asked.dry_run else "Deleted"
    freed, incomplete = megabytes(pruned.freed), len(pruned.remnants)
    say(f"{what}: {len(pruned.versions)} of the versions ({freed} MB), {incomplete} incomplete.")
    return 0
