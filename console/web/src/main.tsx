import "@fontsource-variable/instrument-sans";
import "@fontsource-variable/geist-mono";
import "./app.css";

import { setNonce } from "get-nonce";
import { createRoot } from "react-dom/client";

import { App } from "./app";
import { applyTheme } from "./theme";

// The dialogs' library makes a style element; our policy admits it by the page's nonce.
setNonce(document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "");
applyTheme();
createRoot(document.getElementById("root")!).render(<App />);
