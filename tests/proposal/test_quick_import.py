"""What makes imports quick leaves everything as it was for who comes afterwards."""

import subprocess
import sys

PROGRAM = """
import sys
from slo_workbench.proposal.quick_import import without_grammar_of_addresses
with without_grammar_of_addresses():
    import nbformat, jsonschema
    nbformat.validate(nbformat.v4.new_notebook())
assert "rfc3987_syntax" not in sys.modules, "it was imported after all, or is left as missing"
assert list(jsonschema.Draft202012Validator({"type": "string"}).iter_errors(1))
try:
    import rfc3987_syntax
except ModuleNotFoundError as error:
    assert "halted" not in str(error)
with without_grammar_of_addresses():
    pass
print("good", "rfc3987_syntax" in sys.modules)
"""


def test_notebooks_are_read_without_the_grammar_and_who_wants_it_gets_it():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("good"), done.stderr
