"""Real servers for tests: in containers where a Docker Engine answers, else the embedded ones. Never fakes."""
