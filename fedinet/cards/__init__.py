"""What the pages say of themselves that posts link to: fetched once, shown under the post."""
