"""`app.serve` without the packages that the container does not have, for tests/test_image.py."""

import re
import sys
from pathlib import Path

# None stands for what cannot be imported.
SCRIPT = (Path(__file__).parent.parent / "scripts" / "trim-packages").read_text(encoding="utf-8")
LEFT_OUT = re.findall(r"^for name in (.+); do$", SCRIPT, re.MULTILINE)[0].split()

if __name__ == "__main__":
    sys.modules.update(dict.fromkeys([*LEFT_OUT, "plotly"]))
    from app import serve

    serve.main()
