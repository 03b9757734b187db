"""The lab's commands: `./inv --list`, `./inv --help lab.up`. What each does is in lab/tasks."""

import sys
from types import ModuleType

from invoke.collection import Collection
from invoke.program import Program
from invoke.tasks import Task

from lab.flows.command import named, piped
from lab.tasks import alerts, aws, bench, chaos, db, docs, gameday, gitops, image, lab, load, quality, secrets

OPTIONAL = {  # may come without its option
    "lab.logs": "service",
    "lab.kubectl": "words",
    "gitops.validate": "cluster",
    "gitops.revert": "commit",
    "db.backup": "service",
}


def _group(module: ModuleType) -> Collection:
    """Return a module's tasks as a namespace of its name: `lab_up` of lab.tasks.lab is lab.up."""
    name = module.__name__.rpartition(".")[2]
    group = Collection(name)
    for made in vars(module).values():
        if isinstance(made, Task):
            group.add_task(made, name=made.name.removeprefix(f"{name}_"))
    return group


namespace = Collection(quality.lint, quality.run_tests, quality.ship_tree)
for _module in (alerts, aws, bench, chaos, db, docs, gameday, gitops, image, lab, load, secrets):
    namespace.add_collection(_group(_module))
for _drill in chaos.EACH:
    namespace.collections["chaos"].add_task(_drill)

if __name__ == "__main__":
    program = Program(namespace=namespace, name="inv", binary="./inv")
    piped(lambda: program.run(["inv", *named(sys.argv[1:], OPTIONAL)]))
