"""The diagrams of docs/img, as data: `docs.diagrams` draws them."""
