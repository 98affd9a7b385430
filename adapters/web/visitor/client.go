// Package visitor reads of a request who asks, and what they like best. It is for all that the bot shows on the web.
package visitor

import (
	"net/http"
	"net/netip"
	"strings"
)

// Client is who asks. Behind a proxy, which is on this host or in its own network, it is who the proxy says that it is: the last
// address of X-Forwarded-For, as what stands before that is what the client says. The result is not valid if nobody knows.
func Client(r *http.Request) netip.Addr {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := from.Addr().Unmap().WithZone("")
	if !addr.IsLoopback() && !addr.IsPrivate() {
		return addr
	}
	if all := r.Header.Values("X-Forwarded-For"); len(all) > 0 {
		last := all[len(all)-1]
		said, err := netip.ParseAddr(strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:]))
		if err == nil {
			return said.Unmap().WithZone("")
		}
	}
	if addr.IsLoopback() { // a proxy that does not say, or a person of this host
		return netip.Addr{}
	}
	return addr
}
