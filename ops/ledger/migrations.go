package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// migrations bring a file from one version to the next; PRAGMA user_version counts how many were applied.
// What is here is never changed, only added to.
var migrations = []string{
	`CREATE TABLE audit (
		id      INTEGER PRIMARY KEY,
		at      INTEGER NOT NULL, -- when it was asked for, in ms since 1970
		person  TEXT NOT NULL,
		account TEXT NOT NULL,
		chat    TEXT NOT NULL,
		room    TEXT NOT NULL,
		thread  TEXT NOT NULL,
		line    TEXT NOT NULL,
		outcome TEXT NOT NULL,    -- an Outcome
		detail  TEXT NOT NULL,
		took    INTEGER NOT NULL  -- ms
	) STRICT;
	CREATE INDEX audit_open ON audit (id) WHERE outcome = 'started';`,

	`CREATE TABLE event (
		id       INTEGER PRIMARY KEY,
		uid      TEXT NOT NULL,    -- ops.Event.ID
		kind     TEXT NOT NULL,
		key      TEXT NOT NULL,
		unit     TEXT NOT NULL,
		severity INTEGER NOT NULL, -- an ops.Severity
		at       INTEGER NOT NULL, -- ms since 1970
		noted    INTEGER NOT NULL, -- when it was written here, likewise
		lasting  INTEGER NOT NULL,
		resolved INTEGER NOT NULL,
		title    TEXT NOT NULL,
		text     TEXT NOT NULL,
		details  TEXT NOT NULL,    -- a JSON object
		room     TEXT NOT NULL,
		silenced INTEGER NOT NULL, -- 1 if nobody was told, by a silence
		alert    INTEGER NOT NULL  -- the alert that it belongs to
	) STRICT;
	CREATE UNIQUE INDEX event_uid ON event (uid) WHERE uid <> '';
	CREATE INDEX event_at ON event (at);

	CREATE TABLE alert (           -- a condition, from its first event until it is over
		id       INTEGER PRIMARY KEY,
		key      TEXT NOT NULL,
		severity INTEGER NOT NULL, -- the highest of its events
		first    INTEGER NOT NULL, -- of its first event
		last     INTEGER NOT NULL, -- of its last one
		ended    INTEGER NOT NULL, -- 0 while it lasts
		count    INTEGER NOT NULL, -- how often it happened
		calm     INTEGER NOT NULL, -- 1 if nobody was told, by a silence
		event    INTEGER NOT NULL, -- the last one, whose words it is told in
		acked    INTEGER NOT NULL, -- when somebody took it, 0 for not
		acker    TEXT NOT NULL,
		remind   INTEGER NOT NULL, -- when it is to be said again, 0 for never
		reminded INTEGER NOT NULL  -- how often it was
	) STRICT;
	CREATE INDEX alert_key ON alert (key, id);
	CREATE INDEX alert_open ON alert (id) WHERE ended = 0;

	CREATE TABLE outbox (          -- what is owed to a room
		id    INTEGER PRIMARY KEY,
		chat  TEXT NOT NULL,
		room  TEXT NOT NULL,
		thread TEXT NOT NULL,
		alert INTEGER NOT NULL,    -- 0 for a text of its own
		text  TEXT NOT NULL,
		made  INTEGER NOT NULL,
		due   INTEGER NOT NULL,    -- not before
		fresh INTEGER NOT NULL,    -- 1 for a post of its own, whatever stands in the room
		rev   INTEGER NOT NULL     -- how often it was owed anew before it was paid
	) STRICT;
	CREATE INDEX outbox_room ON outbox (chat, room, id);
	CREATE UNIQUE INDEX outbox_alert ON outbox (alert, chat, room) WHERE alert <> 0;

	CREATE TABLE post (            -- where an alert stands, so that it can be edited
		alert   INTEGER NOT NULL,
		chat    TEXT NOT NULL,
		room    TEXT NOT NULL,
		receipt TEXT NOT NULL,
		at      INTEGER NOT NULL,
		severity INTEGER NOT NULL, -- as it was told
		PRIMARY KEY (alert, chat, room)
	) STRICT, WITHOUT ROWID;

	CREATE TABLE silence (
		target TEXT PRIMARY KEY,   -- a key, a unit, or the beginning of keys with a * at its end
		until  INTEGER NOT NULL,
		why    TEXT NOT NULL,
		person TEXT NOT NULL,
		at     INTEGER NOT NULL
	) STRICT, WITHOUT ROWID;

	CREATE TABLE cursor (          -- how far a source was read
		name  TEXT PRIMARY KEY,
		value TEXT NOT NULL
	) STRICT, WITHOUT ROWID;

	CREATE TABLE job (             -- what was added from a chat
		name   TEXT PRIMARY KEY,
		at     TEXT NOT NULL,
		line   TEXT NOT NULL,
		person TEXT NOT NULL,
		added  INTEGER NOT NULL
	) STRICT, WITHOUT ROWID;

	CREATE TABLE run (             -- what became of the jobs, those of the config and of the chat
		name    TEXT PRIMARY KEY,
		due     INTEGER NOT NULL,  -- the last time that it was due and was dealt with
		start   INTEGER NOT NULL,
		took    INTEGER NOT NULL,  -- ms
		outcome TEXT NOT NULL,     -- "started", "done", "failed", "skipped", "missed", "interrupted"
		detail  TEXT NOT NULL,
		paused  INTEGER NOT NULL   -- until then, 0 for not
	) STRICT, WITHOUT ROWID;`,

	// What ops/history keeps, and says the meaning of.
	`CREATE TABLE series (
		id      INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again: chunks outlive their series
		name    TEXT NOT NULL,
		labels  TEXT NOT NULL,
		counter INTEGER NOT NULL,
		first   INTEGER NOT NULL, -- ms since 1970
		last    INTEGER NOT NULL, -- likewise, as of the last chunk
		UNIQUE (name, labels, counter)
	) STRICT;

	CREATE TABLE scrape (         -- what is not packed yet
		ts   INTEGER PRIMARY KEY, -- ms since 1970
		vals BLOB NOT NULL
	) STRICT;

	CREATE TABLE chunk (          -- an hour of one series
		id   INTEGER PRIMARY KEY, -- hours since 1970 << 22 | series
		data BLOB NOT NULL
	) STRICT;

	CREATE TABLE rollup (         -- a day of one series, in steps of five minutes
		id   INTEGER PRIMARY KEY, -- days since 1970 << 22 | series
		data BLOB NOT NULL
	) STRICT;`,

	`ALTER TABLE alert ADD COLUMN since INTEGER NOT NULL DEFAULT 0; -- when it last began
	ALTER TABLE alert ADD COLUMN turns INTEGER NOT NULL DEFAULT 0;  -- how often it came back soon after it was over
	UPDATE alert SET since = first;
	CREATE INDEX alert_urgent ON alert (last) WHERE severity = 2 AND acked = 0;`,

	// What ops/incident keeps, and says the meaning of. Times are ms since 1970, 0 for none.
	`CREATE TABLE component_group (
		id        INTEGER PRIMARY KEY AUTOINCREMENT,
		name      TEXT NOT NULL,
		ord       INTEGER NOT NULL,
		collapsed INTEGER NOT NULL,
		visible   INTEGER NOT NULL,
		created   INTEGER NOT NULL,
		updated   INTEGER NOT NULL
	) STRICT;

	CREATE TABLE component (
		id      INTEGER PRIMARY KEY AUTOINCREMENT,
		name    TEXT NOT NULL,
		about   TEXT NOT NULL,
		link    TEXT NOT NULL,
		grp     INTEGER NOT NULL, -- 0 for none
		ord     INTEGER NOT NULL,
		hidden  INTEGER NOT NULL,
		tags    TEXT NOT NULL,    -- a JSON array
		follows TEXT NOT NULL,
		seen    INTEGER NOT NULL, -- the State of what it follows
		hand    INTEGER NOT NULL, -- the State that somebody set
		state   INTEGER NOT NULL, -- what all comes to
		since   INTEGER NOT NULL,
		created INTEGER NOT NULL,
		updated INTEGER NOT NULL,
		deleted INTEGER NOT NULL
	) STRICT;

	CREATE TABLE component_turn (
		component INTEGER NOT NULL,
		at        INTEGER NOT NULL,
		state     INTEGER NOT NULL,
		PRIMARY KEY (component, at)
	) STRICT, WITHOUT ROWID;

	CREATE TABLE incident (
		id       INTEGER PRIMARY KEY AUTOINCREMENT,
		name     TEXT NOT NULL,
		status   INTEGER NOT NULL,
		impact   INTEGER NOT NULL,
		public   INTEGER NOT NULL,
		sticky   INTEGER NOT NULL,
		auto     INTEGER NOT NULL,
		opened   INTEGER NOT NULL,
		resolved INTEGER NOT NULL,
		created  INTEGER NOT NULL,
		updated  INTEGER NOT NULL,
		deleted  INTEGER NOT NULL,
		merged   INTEGER NOT NULL, -- the incident that it is part of now, 0 for none
		well     INTEGER NOT NULL, -- since when all that it is about is well, 0 while it is not
		last     INTEGER NOT NULL  -- when its last event was
	) STRICT;
	CREATE INDEX incident_opened ON incident (opened);
	CREATE INDEX incident_open ON incident (id) WHERE resolved = 0;

	CREATE TABLE incident_update (
		id       INTEGER PRIMARY KEY AUTOINCREMENT,
		incident INTEGER NOT NULL,
		at       INTEGER NOT NULL,
		status   INTEGER NOT NULL,
		text     TEXT NOT NULL,
		person   TEXT NOT NULL,
		updated  INTEGER NOT NULL
	) STRICT;
	CREATE INDEX incident_update_of ON incident_update (incident, at, id);

	CREATE TABLE incident_component (
		incident  INTEGER NOT NULL,
		component INTEGER NOT NULL,
		state     INTEGER NOT NULL,
		PRIMARY KEY (incident, component)
	) STRICT, WITHOUT ROWID;

	CREATE TABLE incident_event (  -- events that belong to it, by their row
		incident INTEGER NOT NULL,
		event    INTEGER NOT NULL,
		PRIMARY KEY (incident, event)
	) STRICT, WITHOUT ROWID;

	CREATE TABLE maintenance (
		id      INTEGER PRIMARY KEY AUTOINCREMENT,
		name    TEXT NOT NULL,
		text    TEXT NOT NULL,
		phase   INTEGER NOT NULL,
		starts  INTEGER NOT NULL, -- as planned
		ends    INTEGER NOT NULL,
		started INTEGER NOT NULL, -- as it was
		ended   INTEGER NOT NULL,
		person  TEXT NOT NULL,
		told    INTEGER NOT NULL, -- what was announced, as bits
		created INTEGER NOT NULL,
		updated INTEGER NOT NULL,
		deleted INTEGER NOT NULL
	) STRICT;
	CREATE INDEX maintenance_starts ON maintenance (starts);

	CREATE TABLE maintenance_update (
		id          INTEGER PRIMARY KEY AUTOINCREMENT,
		maintenance INTEGER NOT NULL,
		at          INTEGER NOT NULL,
		phase       INTEGER NOT NULL,
		text        TEXT NOT NULL,
		person      TEXT NOT NULL
	) STRICT;
	CREATE INDEX maintenance_update_of ON maintenance_update (maintenance, at, id);

	CREATE TABLE maintenance_component (
		maintenance INTEGER NOT NULL,
		component   INTEGER NOT NULL,
		PRIMARY KEY (maintenance, component)
	) STRICT, WITHOUT ROWID;`,

	`ALTER TABLE silence RENAME TO silence_of_people;
	CREATE TABLE silence (
		target TEXT NOT NULL,      -- a key, a unit, or the beginning of keys with a * at its end
		holder TEXT NOT NULL,      -- whose it is: "" for people's, "maintenance 3"
		until  INTEGER NOT NULL,
		why    TEXT NOT NULL,
		person TEXT NOT NULL,
		at     INTEGER NOT NULL,
		PRIMARY KEY (target, holder)
	) STRICT, WITHOUT ROWID;
	INSERT INTO silence (target, holder, until, why, person, at) SELECT target, '', until, why, person, at FROM silence_of_people;
	DROP TABLE silence_of_people;
	CREATE INDEX incident_event_of ON incident_event (event);`,

	// Whom ops/incident sends mail, and what they were told.
	`CREATE TABLE subscriber (
		id        INTEGER PRIMARY KEY AUTOINCREMENT,
		address   TEXT NOT NULL,
		box       TEXT NOT NULL,    -- the mailbox, as far as that can be told
		language  TEXT NOT NULL,
		created   INTEGER NOT NULL,
		asked     INTEGER NOT NULL, -- when it was last owed the mail that asks for a confirmation
		confirmed INTEGER NOT NULL, -- 0 for not yet
		refused   INTEGER NOT NULL  -- since when mail to it is refused, 0 for not
	) STRICT;
	CREATE UNIQUE INDEX subscriber_address ON subscriber (lower(address), confirmed <> 0);

	CREATE TABLE subscription (
		id         INTEGER PRIMARY KEY AUTOINCREMENT,
		subscriber INTEGER NOT NULL,
		component  INTEGER NOT NULL,
		UNIQUE (subscriber, component)
	) STRICT;

	CREATE TABLE news (            -- how far the public was told of a thing
		thing TEXT PRIMARY KEY,    -- "incident/12"
		mark  TEXT NOT NULL
	) STRICT, WITHOUT ROWID;`,

	`ALTER TABLE outbox ADD COLUMN subject TEXT NOT NULL DEFAULT ''; -- Debt.Subject
	CREATE UNIQUE INDEX outbox_subject ON outbox (subject, chat, room) WHERE subject <> '';`,

	`CREATE TABLE elsewhere ( -- where things of ops/incident stand on status pages elsewhere
		place TEXT NOT NULL,
		kind  TEXT NOT NULL,
		here  INTEGER NOT NULL,
		there INTEGER NOT NULL, -- 0 while it is not known
		ours  INTEGER NOT NULL, -- 1 if it was written there by us
		said  TEXT NOT NULL,
		PRIMARY KEY (place, kind, here)
	) STRICT, WITHOUT ROWID;`,

	`CREATE TABLE metric (         -- what other programs report for the page
		id      INTEGER PRIMARY KEY AUTOINCREMENT,
		name    TEXT NOT NULL,
		suffix  TEXT NOT NULL,
		about   TEXT NOT NULL,
		usual   REAL NOT NULL,     -- its value where there is no point
		sum     INTEGER NOT NULL,
		chart   INTEGER NOT NULL,
		places  INTEGER NOT NULL,
		view    INTEGER NOT NULL,
		merge   INTEGER NOT NULL,
		ord     INTEGER NOT NULL,
		seen    INTEGER NOT NULL,
		points  INTEGER NOT NULL,  -- how many it has
		created INTEGER NOT NULL,
		updated INTEGER NOT NULL
	) STRICT;

	CREATE TABLE metric_point (
		id      INTEGER PRIMARY KEY AUTOINCREMENT,
		metric  INTEGER NOT NULL,
		at      INTEGER NOT NULL,
		value   REAL NOT NULL,
		count   INTEGER NOT NULL,
		updated INTEGER NOT NULL
	) STRICT;
	CREATE INDEX metric_point_at ON metric_point (metric, at);`,

	`ALTER TABLE news ADD COLUMN at INTEGER NOT NULL DEFAULT 0; -- when it was last told`,
}

// ErrNewer is what Open says of a file whose tables it does not know.
var ErrNewer = errors.New("it was written by a newer vigie")

func migrate(ctx context.Context, pool *sql.DB) error {
	var version int
	if err := pool.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version > len(migrations) {
		return fmt.Errorf("%w (version %d, this one knows %d); install that, or move the file aside", ErrNewer, version, len(migrations))
	}
	for ; version < len(migrations); version++ {
		tx, err := pool.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, migrations[version]); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version+1)); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}
