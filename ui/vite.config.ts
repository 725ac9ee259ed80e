import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// For work on the app: CANDOR_URL names a running server, to which its requests go.
// CANDOR_KEY, an admin key, is sent with them, so that nobody needs to sign in.
const server = process.env.CANDOR_URL ?? 'http://127.0.0.1:8080';
const key = process.env.CANDOR_KEY;

export default defineConfig({
  plugins: [react()],
  build: {
    // The folder itself is in the tree, for the Rust build to watch.
    emptyOutDir: false,
    // Nothing is written into other files: the policy allows files of the server alone.
    assetsInlineLimit: 0,
    manifest: true,
    modulePreload: { polyfill: false },
    target: 'es2022',
  },
  server: {
    proxy: {
      '/candor': {
        target: server,
        changeOrigin: true,
        headers: key === undefined ? {} : { Authorization: `Bearer ${key}` },
      },
    },
  },
});
