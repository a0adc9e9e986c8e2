// Files that hold keys and passwords by their names: never read, whatever any other rule says. In one place, so that it
// is easy to see what Horizon does not look at. Names are compared in small letters.

/** Folders whose whole content counts. */
const folders: ReadonlySet<string> = new Set([
  ".aws",
  ".azure",
  ".gcloud",
  ".gnupg",
  ".kube",
  ".password-store",
  ".secrets",
  ".ssh",
  ".terraform.d",
]);

const names: ReadonlySet<string> = new Set([
  ".bash_history",
  ".boto",
  ".databrickscfg",
  ".dockercfg",
  ".envrc",
  ".git-credentials",
  ".htpasswd",
  ".my.cnf",
  ".mysql_history",
  ".netrc",
  ".npmrc",
  ".pgpass",
  ".psql_history",
  ".pypirc",
  ".python_history",
  ".s3cfg",
  ".yarnrc",
  ".zsh_history",
  "_netrc",
  "auth.json",
  "client_secret.json",
  "credentials",
  "gradle.properties",
  "htpasswd",
  "kubeconfig",
  "local.properties",
  "master.key",
  "nuget.config",
  "passwd",
  "password.txt",
  "passwords.txt",
  "settings-security.xml",
  "shadow",
  "token.json",
]);

/** With the dot. */
const extensions: ReadonlySet<string> = new Set([
  ".agekey",
  ".asc",
  ".cer",
  ".crt",
  ".csr",
  ".der",
  ".gpg",
  ".jks",
  ".jwk",
  ".kdb",
  ".kdbx",
  ".key",
  ".keystore",
  ".keytab",
  ".mobileprovision",
  ".ovpn",
  ".p12",
  ".p8",
  ".pem",
  ".pfx",
  ".pgp",
  ".pkcs12",
  ".ppk",
  ".publishsettings",
  ".rdp",
  ".tfstate",
  ".tfvars",
  ".truststore",
]);

const patterns: readonly RegExp[] = [
  /^\.env(\..+)?$/,
  /\.env$/,
  /^id_(rsa|dsa|ecdsa|ed25519)/,
  // Data about secrets, not code about them: secrets.py stays.
  /^\.?(secrets?|credentials?)(\..+)?\.(json|ya?ml|toml|ini|cfg|conf|properties|xml|txt|csv|enc)$/,
  /^service[-_]?account.*\.json$/,
  /\.tfstate\.backup$/,
  /^firebase-adminsdk.*\.json$/,
  /^vault[-_]?pass/,
];

/** What of them is there to be read: a template says what to fill in. */
const template = /\.(example|sample|template|dist|defaults?)$/;

/** Does a folder of this name hold secrets? */
export function isSecretFolder(name: string): boolean {
  return folders.has(name.toLowerCase());
}

/** Does a file of this name hold secrets? */
export function isSecretFile(name: string): boolean {
  const lower = name.toLowerCase();
  if (template.test(lower)) return false;
  const dot = lower.lastIndexOf(".");
  return (
    names.has(lower) ||
    (dot >= 0 && extensions.has(lower.slice(dot))) ||
    patterns.some((pattern) => pattern.test(lower))
  );
}
