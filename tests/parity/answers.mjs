// What came out, as plain JSON that Python can compare.

/** For JSON.stringify: undefined is null, functions are nothing to compare. */
export function write(_, value) {
  return value === undefined ? null : value;
}

export function propertiesOf(auth) {
  if (!auth) return null;
  const kept = Object.entries(auth).filter(([, value]) => typeof value !== "function");
  return Object.fromEntries(kept);
}

/** Pairs in lower case; every Set-Cookie is one. */
export function pairsOf(headers) {
  return [...headers.entries()];
}

/** The auth object, or why there is none. */
export function authOf(state, options) {
  try {
    return { auth: propertiesOf(state.toAuth(options)) };
  } catch (error) {
    return { auth_throws: String(error.message) };
  }
}
