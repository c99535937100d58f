"""organization.py URL FILE: makes an organization and a token that may do everything, and writes to FILE how the suite finds them.

start.sh runs this inside the backend. What is made is made by the backend's own services, so it is what a merchant would have."""

import asyncio
import sys
import uuid

import dramatiq
import polar.tasks  # noqa: F401  the services enqueue jobs by name
from polar.auth.models import AuthSubject
from polar.auth.scope import Scope
from polar.kit.db.postgres import create_async_sessionmaker
from polar.organization.schemas import OrganizationCreate
from polar.organization.service import organization as organizations
from polar.organization_access_token.schemas import AvailableScope, OrganizationAccessTokenCreate
from polar.organization_access_token.service import organization_access_token as tokens
from polar.postgres import create_async_engine
from polar.redis import create_redis
from polar.user.service import user as users
from polar.worker import JobQueueManager


async def make(session):
    slug = f"suite-{uuid.uuid4().hex[:12]}"
    owner, _ = await users.get_by_email_or_create(session, f"{slug}@example.com")
    merchant = AuthSubject(owner, set(Scope), None)
    organization = await organizations.create(
        session, OrganizationCreate(name="Conformance suite", slug=slug, email=f"{slug}@example.com"), merchant
    )
    await session.flush()
    wanted = OrganizationAccessTokenCreate(
        organization_id=organization.id, comment="conformance suite", scopes=list(AvailableScope)
    )
    _, token = await tokens.create(session, merchant, wanted)
    await session.commit()
    return organization.id, token


async def main(url, file):
    engine = create_async_engine("script")
    async with JobQueueManager.open(dramatiq.get_broker(), create_redis("app")):
        async with create_async_sessionmaker(engine)() as session:
            organization, token = await make(session)
    await engine.dispose()
    with open(file, "w") as exports:
        print(f"export POLAR_TARGET={url}", file=exports)
        print(f"export POLAR_ORGANIZATION_ID={organization}", file=exports)
        print(f"export POLAR_ACCESS_TOKEN={token}", file=exports)


asyncio.run(main(*sys.argv[1:]))
