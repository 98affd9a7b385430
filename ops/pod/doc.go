// Package pod asks the pod itself how it is doing, over HTTP as its users reach it: whether a URL
// answers, and what its NodeInfo (https://nodeinfo.diaspora.software/) says of software and users. A [Watcher]
// asks over and over, and tells when the pod is down, slow or near the end of its certificate.
//
// Whatever answers is a stranger until parsed: answers are bounded in size, time and redirects, names
// are stripped of control characters, and no link leads to another site. The units behind the pod
// belong to the systemd package.
package pod
