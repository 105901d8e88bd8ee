"""The dbt project in one DuckDB process, without dbt: for tests of the whole chain on small worlds.

A build by dbt opens a process, logs and checks in thousands of steps; here the same SQL and the
same Python models run one after the other on one connection, in seconds. `project` reads and
renders the models as dbt would, `build` runs them, `checks` runs the tests that stand beside them.
`test_chain.py` holds what is rendered here against what dbt compiles.

``python -m tests.chain --help`` runs it on the tables that `kette load` filled.
"""
