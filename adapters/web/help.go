package web

import "strings"

// A catalog says what the series of the bot's own samplers are. What is scraped elsewhere is not in it.
type catalog map[string]string

func (c catalog) of(name string) string {
	if text, ok := c[name]; ok {
		return text
	}
	if field, ok := strings.CutPrefix(name, "node_memory_"); ok {
		return strings.TrimSuffix(field, "_bytes") + " of /proc/meminfo."
	}
	return ""
}

func helps() catalog {
	return catalog{
		"node_boot_time_seconds":                     "When the host was booted, in seconds since 1970.",
		"node_context_switches_total":                "Changes of the CPUs from one task to another.",
		"node_cpu_seconds_total":                     "Time that all CPUs together spent in a mode.",
		"node_cpus_online":                           "CPUs that are in use.",
		"node_disk_io_time_seconds_total":            "Time that a disk had something to do.",
		"node_disk_read_bytes_total":                 "Bytes read from a disk.",
		"node_disk_reads_completed_total":            "Reads that a disk has done.",
		"node_disk_writes_completed_total":           "Writes that a disk has done.",
		"node_disk_written_bytes_total":              "Bytes written to a disk.",
		"node_filefd_allocated":                      "Files that are open.",
		"node_filefd_maximum":                        "Files that can be open at once.",
		"node_filesystem_avail_bytes":                "Space that others than root can use.",
		"node_filesystem_files":                      "Inodes that there are.",
		"node_filesystem_files_free":                 "Inodes that are free.",
		"node_filesystem_free_bytes":                 "Space that is free, what is kept for root included.",
		"node_filesystem_size_bytes":                 "Space that there is.",
		"node_forks_total":                           "Processes and threads that were started.",
		"node_intr_total":                            "Interrupts that were served.",
		"node_load1":                                 "Tasks that run or wait for the disk, over a minute.",
		"node_load5":                                 "Tasks that run or wait for the disk, over five minutes.",
		"node_load15":                                "Tasks that run or wait for the disk, over fifteen minutes.",
		"node_network_receive_bytes_total":           "Bytes that came in.",
		"node_network_receive_drop_total":            "Packets that came in and were dropped.",
		"node_network_receive_errs_total":            "Packets that came in damaged.",
		"node_network_receive_packets_total":         "Packets that came in.",
		"node_network_transmit_bytes_total":          "Bytes that went out.",
		"node_network_transmit_drop_total":           "Packets that were to go out and were dropped.",
		"node_network_transmit_errs_total":           "Packets that could not be sent.",
		"node_network_transmit_packets_total":        "Packets that went out.",
		"node_pressure_cpu_waiting_seconds_total":    "Time in which some task waited for a CPU.",
		"node_pressure_io_stalled_seconds_total":     "Time in which all tasks waited for a disk.",
		"node_pressure_io_waiting_seconds_total":     "Time in which some task waited for a disk.",
		"node_pressure_memory_stalled_seconds_total": "Time in which all tasks waited for memory.",
		"node_pressure_memory_waiting_seconds_total": "Time in which some task waited for memory.",
		"node_processes_pids":                        "Processes that there are.",
		"node_processes_threads":                     "Threads that there are.",
		"node_procs_blocked":                         "Tasks that wait for a disk.",
		"node_procs_running":                         "Tasks that run or could.",
		"node_thermal_zone_temp":                     "Temperature in degrees Celsius.",
		"node_vmstat_oom_kill":                       "Processes that the kernel killed for want of memory.",
		"node_vmstat_pgmajfault":                     "Pages that had to be read from a disk.",
		"node_vmstat_pswpin":                         "Pages that were read back from swap.",
		"node_vmstat_pswpout":                        "Pages that were written to swap.",
		"nodeinfo_local_comments":                    "Comments that were written on the pod.",
		"nodeinfo_local_posts":                       "Posts that were written on the pod.",
		"nodeinfo_users":                             "Accounts of the pod; with the label active, those used since then.",
		"probe_duration_seconds":                     "Time that the pod took to answer.",
		"probe_http_status_code":                     "The HTTP status that the pod answered with.",
		"probe_ssl_earliest_cert_expiry":             "When the pod's certificate expires, in seconds since 1970.",
		"probe_success":                              "Whether the pod answers.",
		"systemd_service_restart_total":              "Times that systemd restarted a unit by itself.",
		"systemd_unit_active":                        "Whether a unit runs.",
		"systemd_unit_cpu_seconds_total":             "Time that a unit had of the CPUs.",
		"systemd_unit_memory_bytes":                  "Memory that a unit holds, what is cached for it included.",
		"systemd_unit_oom_kills_total":               "Processes of a unit that were killed for want of memory.",
		"systemd_unit_tasks_current":                 "Processes and threads of a unit.",
		"vigie_probe":                                "The number that a script of the config printed.",
	}
}
