"""Side-by-side measurements of Samovar, its peers and the kernel's floor.

``python -m bench`` runs everything. One run passes through these modules, from top to bottom:

    run          reads the command line, walks rounds, peers and workloads
    environment  makes the peers' own virtual environment, compiles the floor, writes test files
    peers        what is measured, declared
    workloads    the work that is measured, declared
    serving      starts one server, pinned to its core, and stops it
    measure      one measurement of one workload on one running server
    load         the load generator, wrk
    proc         what /proc says about a tree of processes
    report       the tables (Markdown) and the data (JSON)
    plot         the picture (SVG)

``model`` holds the types that all of them share.
"""
