"""Run the benchmarks and print their tables as Markdown, as they stand in docs/benchmarks.md."""

import sys

from benchmarks import class_load, data, engine, formula, page, pixels, play, starts, work

if __name__ == "__main__":
    for part in (engine, starts, pixels, formula, data, work, page, play, class_load):
        if len(sys.argv) < 2 or part.__name__.endswith(sys.argv[1]):
            print(part.table(), flush=True)
            print()
