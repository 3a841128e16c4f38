"""What could be wrong in a module: each small change to its source, one at a time."""

import ast
from typing import NamedTuple

# Comparisons, logic, arithmetic: an operator, and what may stand in its place.
INSTEAD = (
    "Lt LtE Gt, LtE Lt Gt, Gt GtE Lt, GtE Gt Lt, Eq NotEq, NotEq Eq, Is IsNot, "
    "IsNot Is, In NotIn, NotIn In, And Or, Or And, Add Sub, Sub Add, Mult FloorDiv, "
    "FloorDiv Mult, Div Mult, Mod Mult, BitAnd BitOr, BitOr BitAnd, BitXor BitOr, "
    "LShift RShift, RShift LShift"
)
OPERATORS = {
    getattr(ast, name): [getattr(ast, other) for other in others]
    for name, *others in map(str.split, INSTEAD.split(","))
}
REMOVABLE = (ast.Assign, ast.AugAssign, ast.Raise, ast.Delete, ast.Continue, ast.Break)
NEVER_RAISED = ast.Name("ZeroDivisionError", ast.Load())
FOR_TYPE_CHECKERS = ("annotation", "returns", "TYPE_CHECKING", "Literal", "TypeAlias")


class Slot(NamedTuple):
    """A place in the tree: `holder[key]` is `node`, `owner` what it is a part of."""

    holder: list | dict
    key: int | str
    node: ast.AST
    owner: ast.AST
    in_function: bool


class Mutant(NamedTuple):
    """One change: its line, the line's text, what was changed to what, the code."""

    line: int
    text: str
    change: str
    code: object


def mutants(source, filename):
    tree, lines = ast.parse(source), source.splitlines()
    for slot in list(slots(tree)):
        line = getattr(slot.node, "lineno", None) or slot.owner.lineno
        shown = slot.owner if is_part(slot) else slot.node
        before = ast.unparse(shown)
        for other in alternatives(slot):
            slot.holder[slot.key] = other
            after = ast.unparse(shown if shown is slot.owner else other)
            code = compile(ast.fix_missing_locations(tree), filename, "exec")
            slot.holder[slot.key] = slot.node
            change = f"{before} -> {after}".replace("\n", " ")
            yield Mutant(line, lines[line - 1].strip(), change, code)


def slots(owner, above=()):
    """Every place but those that only type checkers, or readers, look at."""
    above = {*above, type(owner)}
    for field, value in ast.iter_fields(owner):
        if field in FOR_TYPE_CHECKERS:
            continue
        holder = value if isinstance(value, list) else vars(owner)
        pairs = enumerate(value) if isinstance(value, list) else [(field, value)]
        for key, node in pairs:
            if isinstance(node, ast.AST) and not is_unseen(node, above):
                yield Slot(holder, key, node, owner, ast.FunctionDef in above)
                yield from slots(node, above)


def is_unseen(node, above):
    """A docstring, what an error says, or something for type checkers."""
    match node:
        case ast.JoinedStr():
            return ast.Raise in above
        case ast.Expr(ast.Constant()):
            return True
        case ast.Subscript(value=ast.Name(name)) | ast.If(test=ast.Name(name)):
            return name in FOR_TYPE_CHECKERS
        case ast.AnnAssign(annotation=ast.Name(name)):
            return name in FOR_TYPE_CHECKERS
    return False


def alternatives(slot):
    """What may stand in a place instead."""
    match slot.node:
        case ast.Constant(value=value):
            yield from map(ast.Constant, other_values(value))
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.Return(value=ast.expr() as value) if not is_none(value):
            yield ast.Return(ast.Constant(None))
        case ast.ExceptHandler(type=ast.Tuple(elts=types), name=name, body=body):
            for caught in types:
                others = [each for each in types if each is not caught]
                yield ast.ExceptHandler(ast.Tuple(others, ast.Load()), name, body)
        case ast.ExceptHandler(name=name, body=body):
            yield ast.ExceptHandler(NEVER_RAISED, name, body)
        case ast.expr() as test if slot.key == "test" or is_filter(slot):
            if not isinstance(test, ast.Compare | ast.BoolOp):
                yield ast.UnaryOp(ast.Not(), test)
        case ast.Expr(ast.Call()) if slot.in_function:
            yield ast.Pass()
        case ast.stmt() as statement if slot.in_function:
            if isinstance(statement, REMOVABLE):
                yield ast.Pass()
        case operator:
            yield from (other() for other in OPERATORS.get(type(operator), ()))


def is_part(slot):
    """Says it little without what it is a part of?"""
    if isinstance(slot.node, ast.Constant):
        return isinstance(slot.owner, ast.keyword | ast.Compare | ast.BinOp)
    return isinstance(slot.node, tuple(OPERATORS))


def is_filter(slot):
    return isinstance(slot.owner, ast.comprehension) and slot.holder is slot.owner.ifs


def is_none(node):
    return isinstance(node, ast.Constant) and node.value is None


def other_values(value):
    """Prose is left alone: what has a space in it is there to be read."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        return [value + 1]
    if isinstance(value, str):
        return [] if " " in value and not value.isspace() else [f"{value}x"]
    return [value + b"x"] if isinstance(value, bytes) else []
