"""What Schemathesis does not know of the document, or of the world that the mock begins with."""

import schemathesis
from hypothesis import strategies

BENEFIT = "32a8eda4-56cf-4a94-8228-792d324a519e"

schemathesis.openapi.format("uuid4", strategies.uuids(version=4).map(str))


@schemathesis.hook
def before_call(context, case, **kwargs):
    """Whoever has an organization's token does not name an organization; benefits exist, and keep their type."""
    body = case.body
    # What the mock refuses by name is not judged.
    if isinstance(body, dict) and case.operation.path.startswith("/v1/checkouts/"):
        for name in ("prices", "custom_field_data", "seats", "units"):
            body.pop(name, None)
    if not isinstance(body, dict) or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    operation = case.operation.definition.raw.get("operationId", "")
    if operation.endswith((":create", ":create_webhook_endpoint")):
        body.pop("organization_id", None)
    if operation == "products:update_benefits" and body.get("benefits"):
        body["benefits"] = [BENEFIT]
    # Prices other than free ones are kept as they are given, not judged.
    if operation == "products:create":
        body["prices"] = [{"amount_type": "free"}]
    if operation == "products:update":
        body.pop("prices", None)
    if operation == "benefits:update":
        case.path_parameters = {"id": BENEFIT}
        case.body = {"type": "license_keys", "description": "Changed"}
