"""What Jinja does most for a page, done in fewer steps: importing and calling macros, escaping.

A home has three hundred calls of macros and nine hundred values. What a macro gives is safe
already: each macro around it need not copy it again to say so.

Source: ``Macro.__call__``, ``Context.call`` and ``NativeCodeGenerator`` of Jinja 3.1.
"""

import re
from collections.abc import Mapping
from functools import cache, partial
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, Final

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.environment import TemplateModule
from jinja2.runtime import Context, Macro
from jinja2.utils import missing
from markupsafe import Markup, escape

_PLAIN: Final = frozenset(
    {FunctionType, MethodType, BuiltinFunctionType, partial, type(cache(lambda: None))}
)
_HAS_SIGNS: Final = re.compile("[&<>'\"]").search


def shown(value: object) -> str:
    """What a page shows of a value: escaped, unless it is markup."""
    if type(value) is Markup or (type(value) is str and not _HAS_SIGNS(value)):
        return value
    return str(value) if type(value) is int else escape(value)


def _markup(made: str) -> Markup:
    """What a template made, without asking it whether it is markup already."""
    return str.__new__(Markup, made)


class Imported:
    """The macros of one page: made once for it, however many templates import them.

    They see what the page was given, which is its reader's, and nothing that a template sets.
    """

    NAME: Final = "(imported)"
    """What the page's context has it under; no template can say it."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._given = given
        self._made: dict[str | None, TemplateModule] = {}

    def module(self, template: jinja2.Template) -> TemplateModule:
        made = self._made.get(template.name)
        if made is None:
            made = self._made[template.name] = template.make_module(self._given, shared=True)
        return made


class Calling(Context):
    """Calls macros and plain functions at once; what asks for more is left to Jinja."""

    def __init__(
        self, environment: jinja2.Environment, parent: dict[str, Any], *rest: Any, **more: Any
    ) -> None:
        super().__init__(environment, parent, *rest, **more)
        if Imported.NAME not in parent:  # else it is of an include, or of what was imported
            parent[Imported.NAME] = Imported(parent)

    def imported(self, template: jinja2.Template) -> TemplateModule:
        """What is imported with context."""
        return self.parent[Imported.NAME].module(template)

    def call(self, __obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        if type(__obj) is Macro:
            names = __obj.arguments
            if len(args) <= len(names) and self._may_call(__obj, kwargs):
                kwargs.pop("_block_vars", None)
                kwargs.pop("_loop_vars", None)
                values = [*args, *[kwargs.pop(name, missing) for name in names[len(args) :]]]
                if __obj.caller:
                    values.append(kwargs.pop("caller"))
                if not kwargs:  # else Jinja says which one there is not
                    return _markup(__obj._func(*values))  # pyright: ignore[reportPrivateUsage]
        elif type(__obj) in _PLAIN and not hasattr(__obj, "jinja_pass_arg"):
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
            return __obj(*args, **kwargs)
        return super().call(__obj, *args, **kwargs)

    def _may_call(self, macro: Macro, kwargs: Mapping[str, object]) -> bool:
        """Whether nothing is special about it."""
        return (
            self.eval_ctx.autoescape
            and not (macro.catch_kwargs or macro.catch_varargs or macro.explicit_caller)
            and (not macro.caller or "caller" in kwargs)
        )


class Showing(CodeGenerator):
    """Makes templates show values by ``shown``."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        self.writeline(f"from {shown.__module__} import {shown.__name__}")
        super().visit_Template(node, frame)

    def _import_common(self, node: nodes.Import | nodes.FromImport, frame: Frame) -> None:
        if not node.with_context:
            super()._import_common(node, frame)
            return
        self.write("context.imported(environment.get_template(")
        self.visit(node.template, frame)
        self.write(f", {self.name!r}))")

    def _output_child_pre(
        self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo
    ) -> None:
        if not frame.eval_ctx.autoescape or frame.eval_ctx.volatile or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write(f"{shown.__name__}(")


class Environment(jinja2.Environment):
    context_class = Calling
    code_generator_class = Showing
