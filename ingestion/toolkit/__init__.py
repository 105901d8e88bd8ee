"""What the author of a source uses: streams and readers, paging, windows of days, bulk exports."""
