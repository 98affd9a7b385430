# Tells vigie what a run of unattended-upgrades (2.11 and later) did. Copy it to
# /etc/unattended-upgrades/plugins/vigie.py; unattended-upgrades runs it as root when a run has ended.
import json
import logging
import os
import re
import subprocess
import time

SPOOL = os.environ.get("VIGIE_SPOOL", "/var/lib/vigie/spool")
HISTORY = "/var/log/apt/history.log"
MOST = 128 * 1024  # characters of a log: that of a run over a thousand packages
FILE = 1024 * 1024  # bytes that vigie reads of a file of root's


def process_start():
    """Return when this process began, as the log writes times."""
    with open("/proc/self/stat") as f:
        ticks = int(f.read().rsplit(")", 1)[1].split()[19])
    with open("/proc/uptime") as f:
        uptime = float(f.read().split()[0])
    began = time.time() - uptime + ticks / os.sysconf("SC_CLK_TCK")
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(began - 2))


def end_of(path):
    with open(path, "rb") as f:
        f.seek(0, os.SEEK_END)
        f.seek(max(0, f.tell() - MOST))
        return f.read().decode("utf-8", "replace")


def log_since(began):
    """Return this run's part of unattended-upgrades' own log, with the times that the plugin is not given."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.FileHandler):
            handler.flush()
            text = end_of(handler.baseFilename)
            for line in re.finditer(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d{3} ", text, re.M):
                if line.group(1) >= began:
                    return text[line.start():]
    return ""


def history_since(began):
    text = end_of(HISTORY)
    for line in re.finditer(r"^Start-Date: (\S+)\s+(\S+)", text, re.M):
        if line.group(1) + " " + line.group(2) >= began:
            return text[line.start():]
    return ""


def needrestart():
    return subprocess.run(["/usr/sbin/needrestart", "-b"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          timeout=120, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"},
                          check=True).stdout.decode("utf-8", "replace")[:MOST]


def otherwise(fallback, what, *args):
    try:
        return what(*args)
    except Exception:
        return fallback


class UnattendedUpgradesPluginVigie:
    """Leaves the result in vigie's spool; vigie need not run for it."""

    def postrun(self, result):
        fields = dict(result)
        fields.pop("log_unattended_upgrades", None)  # without its times; log has them
        fields["log_dpkg"] = (fields.get("log_dpkg") or "")[-MOST:]
        began = otherwise("9999", process_start)
        data = {
            "vigie": 1,
            "result": fields,
            "log": otherwise("", log_since, began),
            "history": otherwise("", history_since, began),
            "needrestart": otherwise("", needrestart),
        }
        text = json.dumps(data, default=str)
        if len(text) > FILE:  # full of what is escaped; the rest matters more
            fields["log_dpkg"] = fields["log_dpkg"][-MOST // 32:]
            text = json.dumps(data, default=str)
        now = time.time()
        name = "upgrade-%d-%d" % (now * 1000, os.getpid())
        half = os.path.join(SPOOL, "." + name + ".tmp")
        # The spool belongs to vigie's user, so nothing that is already there may be followed.
        fd = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            # It stays root's, so that vigie knows who says it, and vigie may read it.
            os.fchown(fd, -1, os.stat(SPOOL).st_gid)
            os.fchmod(fd, 0o640)
            with os.fdopen(fd, "w") as f:
                f.write(text)
                f.flush()
                os.fsync(f.fileno())
            os.rename(half, os.path.join(SPOOL, name + ".json"))
        except BaseException:
            otherwise(None, os.unlink, half)
            raise
