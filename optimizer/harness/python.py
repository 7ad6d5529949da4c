"""What is asked of the target's interpreter: run as `python.py JOB`, request and reply are JSON on standard streams.

Protocol 1. Standard library only, valid from Python 3.6 on, imported by nobody. The reply is the
last line on standard output: {"ok": ...} or {"error": ...}. Jobs:

facts    {} -> version, prefix, base_prefix, executable, path
compile  {"files": {path: source as base64}} -> {path: message} of what does not compile
inspect  {"modules": {name: path}, "path": [folders]} ->
         {name: {"error": message or null, "file": path, "missing": [names used but not defined]}}
"""

import sys

sys.path[:] = [folder for folder in sys.path if not folder.endswith("harness")]

import ast
import base64
import builtins
import importlib
import json
import os
import symtable
import types
import warnings


def facts(request):
    return {
        "version": ".".join(str(part) for part in sys.version_info[:3]),
        "prefix": sys.prefix,
        "base_prefix": getattr(sys, "base_prefix", sys.prefix),
        "executable": sys.executable,
        "path": [folder for folder in sys.path if folder],
    }


def compile_files(request):
    wrong = {}
    for path, encoded in request["files"].items():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(base64.b64decode(encoded), path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = getattr(error, "lineno", None)
            wrong[path] = "%s: %s%s" % (
                type(error).__name__,
                getattr(error, "msg", None) or error,
                " (line %d)" % line if line else "",
            )
    return wrong


def inspect(request):
    sys.path[:0] = request["path"]
    return {name: inspect_module(name, path) for name, path in request["modules"].items()}


def inspect_module(name, path):
    try:
        module = importlib.import_module(name)
    except BaseException as error:  # whatever an import of somebody's code may raise, exits included
        return {"error": "%s: %s" % (type(error).__name__, error), "file": "", "missing": []}
    source = getattr(module, "__file__", None) or ""
    try:
        with open(path, "rb") as file:
            text = file.read()
        table = symtable.symtable(decoded(text), path, "exec")
        tree = ast.parse(text)
        missing = set(missing_names(table, module)) & evaluated_names(tree)
        missing = sorted(missing | set(missing_attributes(tree, table, module)))
    except (OSError, SyntaxError, ValueError):
        missing = []
    return {"error": None, "file": os.path.realpath(source), "missing": missing}


def missing_names(table, module):
    """Globals that some function uses and nothing defines."""
    known = set(vars(module)) | set(dir(builtins)) | set(assigned_globals(table))
    known |= {"__class__", "__file__", "__path__", "__builtins__", "__annotations__"}
    return [name for name in used_globals(table) if name not in known]


def decoded(text):
    import io
    import tokenize

    encoding, _ = tokenize.detect_encoding(io.BytesIO(text).readline)
    return text.decode(encoding)


def tables(table):
    yield table
    for child in table.get_children():
        for inner in tables(child):
            yield inner


def assigned_globals(table):
    for scope in tables(table):
        for symbol in scope.get_symbols():
            if symbol.is_assigned() and (symbol.is_declared_global() or scope.get_type() == "module"):
                yield symbol.get_name()


def used_globals(table):
    for scope in tables(table):
        if scope.get_type() != "function":
            continue
        for symbol in scope.get_symbols():
            if symbol.is_global() and symbol.is_referenced():
                yield symbol.get_name()


def local_names(table):
    for scope in tables(table):
        if scope.get_type() == "function":
            for symbol in scope.get_symbols():
                if symbol.is_local() or symbol.is_parameter():
                    yield symbol.get_name()


def evaluated_names(tree):
    """All names but those that only stand in annotations of local variables, which nothing ever looks up."""
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    notes = [node.annotation for parent in functions for node in ast.walk(parent) if isinstance(node, ast.AnnAssign)]
    never = {id(node) for note in notes for node in ast.walk(note)}
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in never}


def missing_attributes(tree, table, module):
    """`module.name` where that imported module has no such name and no function has a local of that name."""
    local = set(local_names(table))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
            continue
        owner = None if node.value.id in local else vars(module).get(node.value.id)
        if isinstance(owner, types.ModuleType) and isinstance(node.ctx, ast.Load) and not has(owner, node.attr):
            yield "%s.%s" % (node.value.id, node.attr)


def has(owner, name):
    try:
        return hasattr(owner, name) or importlib.util.find_spec("%s.%s" % (owner.__name__, name)) is not None
    except (ImportError, AttributeError, ValueError):
        return False


JOBS = {"facts": facts, "compile": compile_files, "inspect": inspect}


def main():
    import importlib.util

    request = json.loads(sys.stdin.buffer.read().decode("utf-8") or "{}")
    output = os.dup(1)
    os.dup2(2, 1)
    try:
        reply = {"ok": JOBS[sys.argv[1]](request)}
    except Exception as error:
        reply = {"error": "%s: %s" % (type(error).__name__, error)}
    os.write(output, ("\n" + json.dumps(reply) + "\n").encode("utf-8"))
    os._exit(0)


main()
