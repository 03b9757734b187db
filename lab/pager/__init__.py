"""The lab's pager: an inbox that keeps what Alertmanager delivered; an image of its own, apart from the lab."""
