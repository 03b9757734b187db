"""A pod that breaks the rules (an image that moves, no limits, no labels) is to be run: it is refused, and told why."""

from lab.drills.base import Drill

_RUN = ("run", "drill-policy-refused", "--image", "docker.io/library/postgres:latest", "--namespace", "default")


class PolicyRefused(Drill):
    """`kubectl run`, for real, in a namespace where no Pod Security speaks first."""

    name = "policy-refused"
    title = "A pod against the policies is run"
    heals = True
    recovers = 60
    quiet = True
    hints = ("Somebody wanted to run something.", "What does Kyverno's admission controller log?")

    def prepare(self) -> None:
        """Nothing was answered yet."""
        self._answer = ""

    def fault(self) -> None:
        """Try; the answer is the evidence."""
        done = self.field.kubectl.run(*_RUN, check=False)
        self._answer = done.stderr if done.code != 0 else ""

    def effect(self) -> str:
        """Tell the policy's words, where there is no such pod."""
        made = self.field.cluster.get("/api/v1/namespaces/default/pods/drill-policy-refused")
        lines = [line.strip() for line in self._answer.splitlines() if "Policy " in line]
        return lines[0] if lines and made is None else ""

    def rollback(self) -> None:
        """Delete the pod, should it have been let in."""
        self.field.cluster.delete("/api/v1/namespaces/default/pods/drill-policy-refused")
