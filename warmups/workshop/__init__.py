"""The curators' pages, inside the admin: writing, reviewing, comparing, importing."""
