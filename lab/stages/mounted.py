"""What a pod sees of a Secret: the kubelet brings a change within a minute or two, and at once when it is nudged."""

import time
from dataclasses import dataclass

from lab.core.wait import wait
from lab.tools.kubectl import Kubectl

_SAME = 'test "$(cat)" = "$(cat "$1")"'  # what is compared comes by stdin, and is never shown


@dataclass(frozen=True)
class Mount:
    """A file of a Secret in a container that has a shell."""

    namespace: str
    pod: str
    container: str
    file: str

    def until(self, kubectl: Kubectl, text: str, timeout: float = 180) -> None:
        """Wait until the file holds `text`. Raises WaitTimeout after `timeout` seconds."""
        where = ("--namespace", self.namespace)
        words = ("exec", "--stdin", self.pod, *where, "--container", self.container, "--", "sh", "-c", _SAME, "sh")

        def there() -> bool:
            if kubectl.run(*words, self.file, stdin=text, check=False).code == 0:
                return True
            nudge(kubectl, self.namespace, self.pod)
            return False

        explain = lambda _: f"{self.file} is the old one"  # noqa: E731 - named for the wait
        fix = f"./inv lab.kubectl 'describe pod {self.pod} -n {self.namespace}'"
        wait(self.pod, there, bool, explain=explain, delay=2, timeout=timeout, fix=fix)


def nudge(kubectl: Kubectl, namespace: str, pod: str) -> None:
    """Have the kubelet look at a pod now: it does so when an annotation changes."""
    mark = f"kubeflow-ops.local/looked-at={time.time_ns()}"
    kubectl.run("annotate", "pod", pod, "--namespace", namespace, "--overwrite", mark)
