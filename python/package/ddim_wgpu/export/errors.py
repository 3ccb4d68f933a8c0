"""Why a module was not exported."""


class ExportError(Exception):
    """A module that cannot be exported, or whose program differs from it. Nothing was written."""


class Unsupported(ExportError):
    """An operation of the module that the `layers` format does not have."""

    def __init__(self, node: object, why: str) -> None:
        target = getattr(node, "target", node)
        name = getattr(node, "name", "?")
        super().__init__(f"node `{name}` ({target}): {why}{_where(node)}")


def _where(node: object) -> str:
    """The line of the module that made the node, where the tracer kept it."""
    trace = getattr(node, "meta", {}).get("stack_trace") if hasattr(node, "meta") else None
    lines = [line.strip() for line in trace.splitlines() if line.strip()] if trace else []
    return f"\n  in {lines[-2]}\n    {lines[-1]}" if len(lines) >= 2 else ""
