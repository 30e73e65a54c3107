"""A GitHub workflow. The history travels in the cache from run to run, so that only changes are told."""

from __future__ import annotations

import io

from ruamel.yaml import YAML

from consentinel import __version__
from consentinel.watch.exports.base import HEADER, Export, ExportError
from consentinel.watch.plans import Plan, Plans


class ToGithub(Export):
    format = "github"

    def render(self, plans: Plans) -> dict[str, str]:
        root = plans.file.parent
        if not plans.history.is_relative_to(root):
            raise ExportError(f"{plans.file.name}: schedule.history: must lie inside the repository for GitHub's cache")
        history = plans.history.relative_to(root).as_posix()
        zone = plans.section.timezone
        document = {
            "name": "Consentinel scans",
            "on": {
                "schedule": [
                    {"cron": plan.cron.text, **({} if zone == "UTC" else {"timezone": zone})} for plan in plans.plans
                ],
                "workflow_dispatch": {},
            },
            "permissions": {"contents": "read"},
            # Two runs at a time would each save a history without the other's.
            "concurrency": {"group": "consentinel", "cancel-in-progress": False},
            "jobs": {plan.name: self._job(plan, plans, history) for plan in plans.plans},
        }
        return {".github/workflows/consentinel.yml": f"# {HEADER.format(file=plans.file.name)}\n{yaml_text(document)}"}

    def _job(self, plan: Plan, plans: Plans, history: str) -> dict[str, object]:
        key = f"consentinel-{plan.name}-"
        secrets = {name: f"${{{{ secrets.{name} }}}}" for name in plans.notify.environment()}
        scan: dict[str, object] = {
            "name": "Scan",
            "run": f"consentinel watch --once --scan {plan.name} --config {plans.file.name}",
        }
        own = f"github.event_name != 'schedule' || github.event.schedule == '{plan.cron.text}'"
        return {
            "if": own,
            "runs-on": "ubuntu-latest",
            "steps": [
                {"uses": "actions/checkout@v4"},
                {"uses": "actions/setup-python@v5", "with": {"python-version": "3.12"}},
                {
                    "name": "Bring the history back",
                    "uses": "actions/cache/restore@v4",
                    "with": {
                        "path": history,
                        "key": f"{key}${{{{ github.run_id }}}}",
                        "restore-keys": f"{key}",
                    },
                },
                {"name": "Install", "run": f"python -m pip install consentinel=={__version__}"},
                {**scan, **({"env": secrets} if secrets else {})},
                {
                    "name": "Keep the history",
                    "if": "always()",
                    "uses": "actions/cache/save@v4",
                    "with": {"path": history, "key": f"{key}${{{{ github.run_id }}}}"},
                },
                {
                    "name": "Keep the reports",
                    "if": "always()",
                    "uses": "actions/upload-artifact@v4",
                    "with": {"name": f"consentinel-{plan.name}", "path": f"{history}/{plan.name}"},
                },
            ],
        }


def yaml_text(document: object) -> str:
    writer = YAML()
    writer.default_flow_style = False
    writer.width = 120
    writer.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    writer.dump(document, stream)
    return stream.getvalue()
