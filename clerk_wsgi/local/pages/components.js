// Loads Clerk's library and mounts the component that the page names.
"use strict";

const box = document.getElementById("component");
const { component, usersOnly, base, back } = box.dataset;
const ON_THIS_MACHINE =
  /^https?:\/\/((.+\.)?localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/;

async function show() {
  await Clerk.load({
    ui: { ClerkUI: window.__internal_ClerkUICtor },
    telemetry: false,
    signInUrl: `${base}/sign-in`,
    signUpUrl: `${base}/sign-up`,
    afterSignOutUrl: back,
    allowedRedirectOrigins: [ON_THIS_MACHINE],
  });
  if (usersOnly === "yes" && !Clerk.user) {
    await Clerk.redirectToSignIn({ signInForceRedirectUrl: location.href });
    return;
  }
  const isNowhere = component === "OrganizationProfile" && !Clerk.organization;
  const shown = isNowhere ? "OrganizationList" : component;
  Clerk[`mount${shown}`](box, {
    routing: "hash",
    forceRedirectUrl: back,
    signUpForceRedirectUrl: back,
    signInForceRedirectUrl: back,
    afterSelectOrganizationUrl: back,
    afterSelectPersonalUrl: back,
    afterCreateOrganizationUrl: back,
    afterLeaveOrganizationUrl: back,
  });
}

show().catch((error) => {
  box.textContent = `Clerk's components could not be shown: ${error.message}`;
});
