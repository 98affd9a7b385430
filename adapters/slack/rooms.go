package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/slack-go/slack"
)

// rooms are the channels and direct messages that the bot is in.
type rooms struct {
	mu    sync.Mutex
	names map[string]string // id to "#ops", "" for a direct message
	talks map[string]string // a person's id to that of the direct message
}

// maxPages bounds the list of rooms, at pageSize each.
const (
	maxPages = 20
	pageSize = 500
)

// refreshRooms asks where the bot is. users.conversations lists just these, where conversations.list
// goes through the whole workspace. It needs channels:read, groups:read and im:read.
// https://docs.slack.dev/reference/methods/users.conversations
func (c *Chat) refreshRooms(ctx context.Context) error {
	names, talks := map[string]string{}, map[string]string{}
	params := slack.GetConversationsForUserParameters{
		Types: []string{"public_channel", "private_channel", "im"}, Limit: pageSize, ExcludeArchived: true,
	}
	for range maxPages {
		page, next, err := c.api.GetConversationsForUserContext(ctx, &params)
		if err != nil {
			return explain(ctx, "list the channels that vigie is in", err)
		}
		for _, room := range page {
			names[room.ID] = ""
			if room.Name != "" {
				names[room.ID] = "#" + room.Name
			}
			if room.IsIM {
				talks[room.User] = room.ID
			}
		}
		if next == "" {
			break
		}
		params.Cursor = next
	}
	c.rooms.mu.Lock()
	defer c.rooms.mu.Unlock()
	c.rooms.names, c.rooms.talks = names, talks
	return nil
}

// knows tells whether the bot is in a room, and asks Slack anew where it seems not. Without an answer it
// is taken to be.
func (c *Chat) knows(ctx context.Context, id string) bool {
	if c.rooms.has(id) {
		return true
	}
	if err := c.refreshRooms(ctx); err != nil {
		c.log.Warn("the rooms could not be looked up", "error", err)
		return true
	}
	return c.rooms.has(id)
}

// resolve turns a room, as a config or a [bot.Message] names it, into its id.
func (c *Chat) resolve(ctx context.Context, room string) (string, error) {
	if id, err := c.rooms.id(room); err == nil {
		return id, nil
	}
	if err := c.refreshRooms(ctx); err != nil {
		return "", err
	}
	return c.rooms.id(room)
}

// id is the id of a room by its id, its name, or a person's account.
func (r *rooms) id(room string) (string, error) {
	room = strings.TrimPrefix(room, "slack:")
	if channelID.MatchString(room) || userID.MatchString(room) {
		return room, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	name := "#" + strings.TrimPrefix(room, "#")
	for id, known := range r.names {
		if known == name {
			return id, nil
		}
	}
	return "", fmt.Errorf("vigie is in no channel %s; if there is one, type there: /invite @vigie", name)
}

// channel is the id of the channel that a room is: a file is not shared with a person, as a message is posted to one, but in
// the direct message with that person.
func (c *Chat) channel(ctx context.Context, id string) (string, error) {
	if !userID.MatchString(id) {
		return id, nil
	}
	if talk := c.rooms.talk(id); talk != "" {
		return talk, nil
	}
	if err := c.refreshRooms(ctx); err != nil {
		return "", err
	}
	if talk := c.rooms.talk(id); talk != "" {
		return talk, nil
	}
	return "", errors.New("no direct message has been opened with that person yet")
}

func (r *rooms) talk(user string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.talks[user]
}

func (r *rooms) has(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.names[id]
	return ok
}

// join takes note of a room that the list does not have.
func (r *rooms) join(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.names[id]; !ok && r.names != nil {
		r.names[id] = ""
	}
}

// leave forgets a room that turned out to be one without the bot.
func (r *rooms) leave(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.names, id)
}

// spelled is a room as the config writes it, so that a room has one name throughout the bot; the id
// where the config does not know it.
func (r *rooms) spelled(id string, config []string) string {
	at := slices.IndexFunc(config, func(room string) bool {
		known, err := r.id(room)
		return err == nil && known == id
	})
	if at < 0 {
		return id
	}
	return config[at]
}
