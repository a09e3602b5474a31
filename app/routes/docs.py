"""/docs: the API on one page, rendered here from its own description; no script, no other host."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "code,pre{font-family:ui-monospace,monospace}"
    "pre{overflow:auto;padding:.75rem;border:1px solid #8884;border-radius:6px}"
    "summary{padding:.35rem 0;cursor:pointer}summary b{display:inline-block;min-width:4.5rem}"
    "section{margin-bottom:2rem}"
)


@router.get("/docs", response_class=HTMLResponse)
def docs(request: Request) -> HTMLResponse:
    """Every call with its parameters, body and answer."""
    schema = request.app.openapi()
    groups: dict[str, list[str]] = {}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation.get("tags", ["other"])[0], []).append(
                _operation(path, method, operation, schema)
            )
    sections = "".join(f"<section><h2>{escape(tag)}</h2>{''.join(calls)}</section>" for tag, calls in groups.items())
    page = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Sitewright API</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{STYLE}</style>'
        "</head><body>"
        f"<h1>Sitewright API</h1><p>{escape(schema['info'].get('description', ''))} "
        f'Machine-readable: <a href="/openapi.json">openapi.json</a>.</p>{sections}</body></html>'
    )
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})


def _operation(path: str, method: str, operation: dict[str, Any], schema: dict[str, Any]) -> str:
    parts = [f"<p>{escape(operation.get('description', ''))}</p>"]
    for parameter in operation.get("parameters", []):
        about = escape(parameter.get("description", ""))
        parts.append(f"<p><code>{escape(parameter['name'])}</code> ({escape(parameter['in'])}) {about}</p>")
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(f"<p>Body, {escape(kind)}:</p>{_pretty(content['schema'], schema)}")
    for status, answer in operation.get("responses", {}).items():
        for content in answer.get("content", {}).values():
            if status.startswith("2") and content.get("schema"):
                parts.append(f"<p>Answer {escape(status)}:</p>{_pretty(content['schema'], schema)}")
    summary = escape(operation.get("summary", ""))
    head = f"<b>{escape(method.upper())}</b> <code>{escape(path)}</code> {summary}"
    return f"<details><summary>{head}</summary>{''.join(parts)}</details>"


def _pretty(node: dict[str, Any], schema: dict[str, Any]) -> str:
    if "$ref" in node:
        node = schema["components"]["schemas"][node["$ref"].rpartition("/")[2]]
    return f"<pre>{escape(json.dumps(node, indent=1))}</pre>"
