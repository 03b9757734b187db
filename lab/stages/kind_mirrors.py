"""Where the nodes' containerd takes images from: the lab's registry, which stands before every host of lab.lock."""

from pathlib import Path

from lab.core.versions import load_lock
from lab.tools.kind import DOMAIN

REGISTRY_HOST = f"registry{DOMAIN}"  # how nodes and pods call the lab's registry


def write(folder: Path, *, offline: bool) -> Path:
    """Write containerd's hosts.toml for our registry and for every host of lab.lock's images to `folder`; return it."""
    ours = f"http://{REGISTRY_HOST}:5000"
    hosts = {image.host for image in load_lock().image if image.use == "cluster"}
    here = f'[host."{ours}"]\n  capabilities = ["pull", "resolve"]\n'
    texts = {REGISTRY_HOST: f'server = "{ours}"\n\n{here}'}  # nowhere else: what it lacks is not found
    for host in hosts:
        upstream = "https://registry-1.docker.io" if host == "docker.io" else f"https://{host}"
        server = f"{ours}/v2/{host}" if offline else upstream
        mirror = f'[host."{ours}/v2/{host}"]\n  capabilities = ["pull", "resolve"]\n  override_path = true\n'
        texts[host] = f'server = "{server}"\n\n{mirror}'
    for host, text in texts.items():
        (folder / host).mkdir(parents=True, exist_ok=True)
        (folder / host / "hosts.toml").write_text(text)
    return folder
