// Loaded when it is first needed, by `import()` of this file and not of the package: of a bundled CommonJS package,
// `import()` gives `default` alone, while a file that names its exports gives them in a bundle as under Node.
export { GoogleAuth, OAuth2Client } from 'google-auth-library';
