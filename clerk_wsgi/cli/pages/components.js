// Clerk's own components in the head of each page, where its bundles are at hand.
const button = document.getElementById("user-button");
const switcher = document.getElementById("organization-switcher");

window.addEventListener("load", async () => {
  await window.Clerk.load({
    ui: { ClerkUI: window.__internal_ClerkUICtor },
    telemetry: false,
    afterSignOutUrl: "/",
  });
  if (!window.Clerk.user) return;
  button.replaceChildren();
  window.Clerk.mountUserButton(button);
  window.Clerk.mountOrganizationSwitcher(switcher, {
    afterSelectOrganizationUrl: "/orgs/:slug",
    afterSelectPersonalUrl: "/me",
  });
  // Signed out in another tab: what the server wrote here is nobody's any more.
  window.Clerk.addListener(({ user }) => {
    if (user === null) window.location.assign("/");
  });
});
