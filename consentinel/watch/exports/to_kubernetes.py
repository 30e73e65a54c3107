"""A CronJob for each scan; configuration from a ConfigMap, history on a volume, secrets from a Secret."""

from __future__ import annotations

from consentinel.watch.exports.base import HEADER, Export, ExportError
from consentinel.watch.exports.to_github import yaml_text
from consentinel.watch.plans import Plan, Plans

HOME = "/consentinel"
NEEDS = """\
# Needs, in the same namespace:
#   ConfigMap consentinel              kubectl create configmap consentinel --from-file={file}
#   PersistentVolumeClaim consentinel  holds {history}: without it every scan would look like the first
"""


class ToKubernetes(Export):
    format = "kubernetes"

    def render(self, plans: Plans) -> dict[str, str]:
        if self.options.image is None:
            raise ExportError("--image: kubernetes needs the container image to run, with Consentinel and a browser")
        root = plans.file.parent
        if not plans.history.is_relative_to(root):
            raise ExportError(f"{plans.file.name}: schedule.history: must lie beside the file, to be put on a volume")
        history = f"{HOME}/{plans.history.relative_to(root).as_posix()}"
        needs = NEEDS.format(file=plans.file.name, history=history)
        if names := plans.notify.environment():
            needs += f"#   Secret consentinel                 with the keys {', '.join(names)}\n"
        jobs = [yaml_text(self._job(plan, plans, history)) for plan in plans.plans]
        return {"consentinel.cronjobs.yaml": f"# {HEADER.format(file=plans.file.name)}\n{needs}" + "---\n".join(jobs)}

    def _job(self, plan: Plan, plans: Plans, history: str) -> dict[str, object]:
        name = plans.file.name
        secrets = [
            {"name": variable, "valueFrom": {"secretKeyRef": {"name": "consentinel", "key": variable}}}
            for variable in plans.notify.environment()
        ]
        container: dict[str, object] = {
            "name": "scan",
            "image": self.options.image,
            "command": ["consentinel", "watch", "--once", "--scan", plan.name, "--config", f"{HOME}/{name}"],
            "workingDir": HOME,
            "volumeMounts": [
                {"name": "configuration", "mountPath": f"{HOME}/{name}", "subPath": name, "readOnly": True},
                {"name": "history", "mountPath": history},
                {"name": "shared-memory", "mountPath": "/dev/shm"},
            ],
        }
        if secrets:
            container["env"] = secrets
        return {
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "metadata": {"name": f"consentinel-{plan.name}"},
            "spec": {
                "schedule": plan.cron.text,
                "timeZone": plans.section.timezone,
                "concurrencyPolicy": "Forbid",
                "startingDeadlineSeconds": 3600,
                "jobTemplate": {
                    "spec": {
                        "backoffLimit": 0,  # findings are a result: trying again would not change them
                        "activeDeadlineSeconds": int(plans.section.time_cap) + 300,
                        "template": {
                            "spec": {
                                "restartPolicy": "Never",
                                "containers": [container],
                                "volumes": [
                                    {"name": "configuration", "configMap": {"name": "consentinel"}},
                                    {"name": "history", "persistentVolumeClaim": {"claimName": "consentinel"}},
                                    {"name": "shared-memory", "emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}},
                                ],
                            }
                        },
                    }
                },
            },
        }
