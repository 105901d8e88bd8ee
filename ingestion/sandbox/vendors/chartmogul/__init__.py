"""ChartMogul: what accounts agreed to and paid."""
