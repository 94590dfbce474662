"""An identity provider for tests: the token ``<server's token>-ada`` is the user ada."""

from jupyter_server.auth.identity import IdentityProvider, User


class NamedUsers(IdentityProvider):
    """Users by token."""

    async def get_user(self, handler):
        token = self.get_token(handler) or ""
        known, _, name = token.partition("-")
        if known == self.token and name:
            handler._token_authenticated = True
            return User(username=name, name=name.title(), display_name=name.title())
        return await super().get_user(handler)
