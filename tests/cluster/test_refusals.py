"""What else a cluster may meet on a machine: a busy port, another cluster of its name, a kubeconfig that was bent."""

import socket

import pytest
import yaml

from lab.core import proc
from lab.core.paths import Paths
from lab.tools.kubectl import Kubectl
from tests.cluster.conftest import UP
from tests.e2e.host_lab import Lab, copied_lab

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1200)]


def test_a_busy_port_is_named_with_its_holder() -> None:
    with copied_lab() as fresh, socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        done = fresh.run(*UP, "--port", str(port), check=False)
        assert done.code == 2
        assert f"port {port} of order-service is taken" in done.stderr
        assert "python" in done.stderr
        assert "--port 8101" in done.stderr
        assert fresh.left([]) == []


def test_another_cluster_of_that_name_is_neither_used_nor_removed() -> None:
    with copied_lab() as fresh:
        name = f"kubeflow-ops-{Paths(fresh.checkout).lab_id}"
        image = "busybox:1.37"
        label = f"io.x-k8s.kind.cluster={name}"
        node = f"{name}-control-plane"
        proc.run(["docker", "run", "--detach", "--name", node, "--label", label, image, "sleep", "600"], timeout=120)
        try:
            done = fresh.run(*UP, check=False, timeout=300)
            assert done.code == 1
            assert f"a cluster called {name} is there, and this lab did not make it" in done.stderr
            assert f"kind delete cluster --name {name}" in done.stderr
            fresh.down()
            running = proc.run(["docker", "inspect", "--format", "{{.State.Running}}", node], timeout=30).stdout
            assert running.strip() == "true"
        finally:
            proc.run(["docker", "rm", "--force", node], timeout=60)


def test_a_kubeconfig_that_was_bent_is_written_anew(lab: Lab) -> None:
    bent = yaml.safe_load(lab.paths.kubeconfig.read_text())
    bent["current-context"] = "production"
    lab.paths.kubeconfig.write_text(yaml.safe_dump(bent))
    done = lab.run("lab.kubectl", "get nodes", check=False)
    assert done.code == 1
    assert "production" in done.stderr
    assert "Traceback" not in done.stderr
    lab.run(*UP, timeout=300)
    assert len(Kubectl(lab.paths.kubeconfig).run("get", "nodes", "--output", "name").stdout.split()) == 2


def test_the_users_own_kubeconfig_is_neither_read_nor_written(
    lab: Lab, tmp_path_factory: pytest.TempPathFactory
) -> None:
    own = tmp_path_factory.mktemp("home") / "config"
    own.write_text("nothing that kubectl could read")
    done = lab.run("lab.kubectl", "get nodes", env={"KUBECONFIG": str(own)})
    assert "control-plane" in done.stdout
    lab.run(*UP, timeout=300, env={"KUBECONFIG": str(own)})
    assert own.read_text() == "nothing that kubectl could read"
