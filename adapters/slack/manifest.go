package slack

import _ "embed"

//go:embed manifest.json
var manifest string

// Manifest is the app manifest, in JSON: what to paste at api.slack.com/apps, under "Create New App" and
// "From a manifest". The app token is made there after it, with the scope connections:write.
//
// Of its scopes, app_mentions:read and im:history bring the two events, commands brings /vigie,
// chat:write posts, files:write shares pictures, and channels:read, groups:read and im:read list where the bot is.
// https://docs.slack.dev/reference/app-manifest
func Manifest() string { return manifest }
