"""Google Analytics 4: the website's events as a folder of its BigQuery export."""
