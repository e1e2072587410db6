package console

import (
	"net/http"
	"strings"
)

// headers sets what keeps a page from running or showing anything that is not ours.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policyFor(""))
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
		if strings.HasPrefix(r.URL.Path, "/api/") || strings.HasPrefix(r.URL.Path, "/auth/") {
			h.Set("Cache-Control", "no-store")
		}
		next.ServeHTTP(w, r)
	})
}

// policyFor is the content security policy. A nonce admits the few style elements that the dialogs' library makes.
func policyFor(nonce string) string {
	styles := "style-src 'self'"
	if nonce != "" {
		styles += " 'nonce-" + nonce + "'"
	}
	return "default-src 'none'; script-src 'self'; " + styles +
		"; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; " +
		"worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}

// refuseForeignWrites lets a write pass only if the browser says that it comes from our own pages. The library lets
// requests pass that have neither Sec-Fetch-Site nor Origin, since no browser sends such; one that carries a cookie is
// refused all the same, for an old browser or a proxy that cuts headers would be the hole.
func refuseForeignWrites(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusForbidden, "this request comes from another site")
	}))
	inner := protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		safe := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
		if !safe && r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "" &&
			r.Header.Get("Cookie") != "" {
			problem(w, http.StatusForbidden,
				"a write with a cookie must say where it comes from (Origin or Sec-Fetch-Site)")
			return
		}
		inner.ServeHTTP(w, r)
	})
}
