"""Whether all is well: what `kette doctor` and the page Data health say."""
