"""Prints the facts of the schema module inside the ai-edge-litert wheel as JSON, for src/schema.test.ts.

tables: name -> [slot, field name in camel case, kind] for every field; enums: name -> value names; unions: the same.
Read from the module's source text, because flatc's Python code keeps slots and types only in its functions.
"""
import json
import os
import re
import sys


def find_module():
    for folder in sys.path:
        path = os.path.join(folder, "ai_edge_litert", "schema_py_generated.py")
        if os.path.exists(path):
            return open(path).read()
    sys.exit("no ai_edge_litert on PYTHONPATH")


def kind_of(name, field, slot_kind, accessor, text):
    if slot_kind != "UOffsetTRelative":
        return slot_kind.lower()
    vector = f"def {name}Start{field}Vector(" in text
    scalar = re.search(r"number_types\.(\w+)Flags, a", accessor)
    table = re.search(r"obj = (\w+)\(\)", accessor)
    if "self._tab.Union" in accessor:
        return "union"
    if vector and scalar:
        return f"[{scalar.group(1).lower()}]"
    if "self._tab.String" in accessor:
        return "[string]" if vector else "string"
    return f"[{table.group(1)}]" if vector else table.group(1)


def fields_of(name, text):
    pattern = rf"^def {name}Add(\w+)\(builder, \w+\):\n    builder\.Prepend(\w+)Slot\((\d+), .*, (.*)\)$"
    for field, slot_kind, slot, default in re.findall(pattern, text, re.M):
        accessor = re.search(rf"^    def {field}\(self.*?\n(.*?)(?=^    # |^    def |^def |\Z)", text, re.M | re.S)
        yield [int(slot), field[0].lower() + field[1:], kind_of(name, field, slot_kind, accessor.group(1), text), default]


def main():
    module = find_module()
    blocks = {}
    for block in re.split(r"\n(?=class )", module):
        match = re.match(r"class (\w+)\(object\):", block)
        if match:
            blocks[match.group(1)] = block
    facts = {"tables": {}, "enums": {}}
    for name, text in blocks.items():
        if name.endswith("T") and name[:-1] in blocks:
            continue  # the object API's twin of a table
        if "__slots__" in text:
            facts["tables"][name] = sorted(fields_of(name, text))
        else:
            facts["enums"][name] = {key: int(value) for key, value in re.findall(r"^    (\w+) = (-?\d+)$", text, re.M)}
    json.dump(facts, sys.stdout)


main()
