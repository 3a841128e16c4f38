"""The Backend API: what applications ask with the secret key."""

from werkzeug.routing import Rule

from clerk_wsgi.local.bapi_api_keys import BackendApiKeys
from clerk_wsgi.local.bapi_calls import Part
from clerk_wsgi.local.bapi_identifiers import (
    BackendEmailAddresses,
    BackendPhoneNumbers,
)
from clerk_wsgi.local.bapi_images import BackendImages
from clerk_wsgi.local.bapi_instance import BackendInstance, BackendLists
from clerk_wsgi.local.bapi_invitations import (
    BackendInvitations,
    BackendOrganizationInvitations,
)
from clerk_wsgi.local.bapi_m2m import BackendM2M
from clerk_wsgi.local.bapi_machines import BackendMachines
from clerk_wsgi.local.bapi_memberships import BackendMemberships
from clerk_wsgi.local.bapi_oauth import BackendOAuthApplications, BackendOAuthTokens
from clerk_wsgi.local.bapi_organizations import BackendOrganizations
from clerk_wsgi.local.bapi_roles import BackendPermissions, BackendRoles
from clerk_wsgi.local.bapi_sessions import BackendClients, BackendSessions
from clerk_wsgi.local.bapi_tokens import BackendSignInTokens, BackendTemplates
from clerk_wsgi.local.bapi_user_acts import BackendUserActs
from clerk_wsgi.local.bapi_users import BackendUsers
from clerk_wsgi.local.issuing import Issuer

PARTS: tuple[type[Part], ...] = (
    *(BackendInstance, BackendLists, BackendUsers, BackendUserActs, BackendImages),
    *(BackendEmailAddresses, BackendPhoneNumbers, BackendOrganizations),
    *(BackendMemberships, BackendInvitations, BackendOrganizationInvitations),
    *(BackendRoles, BackendPermissions, BackendSessions, BackendClients),
    *(BackendSignInTokens, BackendTemplates, BackendApiKeys, BackendMachines),
    *(BackendM2M, BackendOAuthTokens, BackendOAuthApplications),
)


class BackendApi:
    def __init__(self, issuer: Issuer) -> None:
        self.parts = [part(issuer) for part in PARTS]

    def rules(self) -> list[Rule]:
        return [rule for part in self.parts for rule in part.rules()]
