"""One trace of a method on a surface, and what is emitted from it.

`tape` records operations on numbers, `step` a step of a method on a surface (`traced`; `spans` the traces of a whole run),
`floats` emits the loop for one start, `fused` the step of many, `source` is what these two share; `script` emits a module for
a browser. Whoever writes another emitter needs `tape` and `step`: `Trace.needed(...)` are the values in an order in which they
can be worked out, each an operation of `OPERATIONS` on values and floats, and its `level` says outside of which loop that may
be.
"""
