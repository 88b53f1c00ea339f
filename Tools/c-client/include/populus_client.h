/* populus_client.h: makes reports of the Populus project, for programs in C and whatever calls C.
 *
 * A report says one measurement, such as the URL on which a program crashed, to two aggregators who can count it and
 * cannot read it. This library makes reports, and keeps them in a queue on disk if you like. It never uses the network:
 * your program fetches the aggregators' keys and sends the reports, by whatever it has for HTTP.
 *
 * Status. Every function that can fail returns a populus_client_status. It takes a populus_client_error, which may be
 * NULL; where the call fails it is filled with the same status and a sentence that says what would be right. On success
 * it is left alone. No sentence holds a measurement or a secret.
 *
 * Ownership. What you hand in is yours, is read during the call only, and is not changed. What the library hands out is
 * said at each function: strings belong to the client or to the library, a report to you until
 * populus_client_report_free.
 *
 * Threads. Any function may be called from any thread. Calls with one client wait for each other; calls with different
 * clients do not. populus_client_close is the last call with a client. No function may be called from a signal handler,
 * nor with a parent's client after fork. Functions of the queue wait for the disk: do not call them from a thread that
 * draws.
 */
#ifndef POPULUS_CLIENT_H
#define POPULUS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a call ended. The numbers never change their meaning; later versions may add some. */
typedef enum populus_client_status {
    POPULUS_CLIENT_OK = 0,
    /* The queue has no report that is not with you already. */
    POPULUS_CLIENT_NOTHING = 1,
    /* An argument is NULL, or out of its range. */
    POPULUS_CLIENT_INVALID_ARGUMENT = 2,
    /* The task file is no client's file, or not one of this version. */
    POPULUS_CLIENT_BAD_TASK = 3,
    /* What an aggregator sent is no list of keys, or has none that this library can use. */
    POPULUS_CLIENT_BAD_KEYS = 4,
    /* An aggregator's keys were not set, or are older than their lifetime: fetch and set them, and call again. */
    POPULUS_CLIENT_NO_KEYS = 5,
    /* An aggregator's key is none of those that were pinned: do not send. */
    POPULUS_CLIENT_KEY_NOT_PINNED = 6,
    /* The task does not take this measurement. */
    POPULUS_CLIENT_BAD_MEASUREMENT = 7,
    /* The person has not consented. */
    POPULUS_CLIENT_NO_CONSENT = 8,
    /* The window has its reports already: this one was not made. */
    POPULUS_CLIENT_WINDOW_FULL = 9,
    /* The queue is at its limits: this report was not made. */
    POPULUS_CLIENT_QUEUE_FULL = 10,
    /* The client has no open queue. */
    POPULUS_CLIENT_NO_QUEUE = 11,
    /* Another process, or another client of this one, has the queue. */
    POPULUS_CLIENT_QUEUE_IN_USE = 12,
    /* A file of the queue is damaged. It was put aside, and the next call goes on. */
    POPULUS_CLIENT_QUEUE_DAMAGED = 13,
    /* The disk is full: this report was not accepted. */
    POPULUS_CLIENT_DISK_FULL = 14,
    /* The system refused something about a file, for another reason. */
    POPULUS_CLIENT_DISK = 15,
    /* The queue has no report of that ID. */
    POPULUS_CLIENT_UNKNOWN_REPORT = 16,
    /* The report could not be made, though nothing was wrong with what was given. */
    POPULUS_CLIENT_FAILED = 17
} populus_client_status;

/* What went wrong. */
typedef struct populus_client_error {
    populus_client_status status;
    /* In UTF-8, for a developer; ends with a NUL, and is cut where it would be longer. */
    char text[508];
} populus_client_error;

/* One of the two servers that count. */
typedef enum populus_client_aggregator {
    POPULUS_CLIENT_LEADER = 0,
    POPULUS_CLIENT_HELPER = 1
} populus_client_aggregator;

/* A report, ready to be sent: POST `bytes` to `address` with the header field `Content-Type: media_type`.
 *
 * A status from 200 to 299 with an empty body says that the server has it. Where one with a body comes, the report was
 * refused, and will be each time. The same report may be sent again: it is counted once, by its ID. A server that asks
 * for a token takes it as `Authorization: Bearer TOKEN`.
 *
 * One body may have several reports, one after the other, up to what the server takes: 8 MiB unless its operator says
 * otherwise. Then the answer's body lists those that were refused (DAP §4.4.2.2). */
typedef struct populus_client_report {
    /* Also the first 16 bytes of `bytes`. */
    uint8_t id[16];
    const uint8_t *bytes;
    size_t length;
    /* NUL at the end, as all strings here. */
    const char *media_type;
    const char *address;
} populus_client_report;

/* What a queue may hold, and how many reports it takes; a zero stands for the value in parentheses. */
typedef struct populus_client_limits {
    /* The most reports on disk (1000). */
    uint64_t queue_reports;
    /* The most bytes that they take together (64 MiB). */
    uint64_t queue_bytes;
    /* The most reports that are accepted in one window (no bound). */
    uint64_t window_reports;
    /* Seconds of a window; windows begin at multiples of it, counted from the Epoch (86400). */
    uint64_t window_seconds;
} populus_client_limits;

/* One task's client; opaque. */
typedef struct populus_client populus_client;

/* The library's version, such as "0.1.0". The string is the library's, and stays. */
const char *populus_client_version(void);

/* A sentence about a status, whatever its number. The string is the library's, and stays. */
const char *populus_client_status_text(populus_client_status status);

/* Makes a client from the bytes of a task's file for clients, which `populus task new` writes as client.json.
 *
 * On success `*client` is yours until populus_client_close; else it is NULL. */
populus_client_status populus_client_open(
    const uint8_t *task, size_t length, populus_client **client, populus_client_error *error);

/* Ends a client and lets go of its queue, whose reports stay on disk. NULL is no error. */
void populus_client_close(populus_client *client);

/* Says whether the person consents to reports of this task. Consent is not kept: say it after each
 * populus_client_open, from your own settings. Without it no report is made, kept or given out.
 *
 * `false` withdraws it: the reports of the open queue are erased from the disk, and a queue that is opened later
 * without consent is erased as well. On POPULUS_CLIENT_DISK some could not be erased; call again. Until then `true`
 * fails as well. */
populus_client_status populus_client_set_consent(populus_client *client, bool given, populus_client_error *error);

/* Where to fetch an aggregator's keys by GET. The string is the client's, until populus_client_close; NULL where an
 * argument is none. */
const char *populus_client_keys_address(populus_client *client, populus_client_aggregator aggregator);

/* Pins a public key of an aggregator: 32 bytes that the operator gave you. From the first pinned key on, keys that were
 * not pinned are refused for this aggregator. Keys that were set before are forgotten. */
populus_client_status populus_client_pin_key(
    populus_client *client, populus_client_aggregator aggregator, const uint8_t *key, size_t length,
    populus_client_error *error);

/* Sets an aggregator's keys: the body that came from populus_client_keys_address with status 200.
 *
 * `lifetime` is how many seconds they may be used: `max-age` of the answer's Cache-Control, less its Age. After that
 * reports fail with POPULUS_CLIENT_NO_KEYS. The first key of the list that is pinned, or that can be used where none is
 * pinned, is taken. On failure the keys that were set before stay. */
populus_client_status populus_client_set_keys(
    populus_client *client, populus_client_aggregator aggregator, const uint8_t *bytes, size_t length,
    uint64_t lifetime, populus_client_error *error);

/* Has strings that the task cannot take, such as those that are too long, reported as "another string" rather than
 * refused with POPULUS_CLIENT_BAD_MEASUREMENT. Without that whoever counts reports learns a little of who had such a
 * string, which no noise of the task hides. POPULUS_CLIENT_BAD_TASK where the task has no code word for it. */
populus_client_status populus_client_set_others(populus_client *client, bool reported, populus_client_error *error);

/* Makes a report of one measurement: the bytes of what a line of `populus upload` would say. That is a string, such as
 * a URL, in a task of strings; a number, or numbers with commas between them, in the others.
 *
 * On success `report` is filled and its memory is yours until populus_client_report_free; else it is all zeros. A
 * second call with the same measurement makes a second report, which counts as well. Strings are taken as they are: two
 * spellings of one address are two strings. */
populus_client_status populus_client_make_report(
    populus_client *client, const uint8_t *measurement, size_t length, populus_client_report *report,
    populus_client_error *error);

/* Frees what a report holds and sets it to zeros. A report of zeros, and NULL, are no error. */
void populus_client_report_free(populus_client_report *report);

/* Opens the queue of the client's task in a folder, which is made if it is not there, in a folder that is.
 *
 * One folder serves several tasks; a queue is one client's at a time. `limits` may be NULL. Reports that an earlier run
 * left there are there. Without consent they are erased. */
populus_client_status populus_client_open_queue(
    populus_client *client, const char *folder, const populus_client_limits *limits, populus_client_error *error);

/* Makes a report and keeps it in the queue, sealed. On success it is on the disk, and survives whatever happens to this
 * process and to the machine. On failure it is not in the queue, and may be made again. */
populus_client_status populus_client_enqueue(
    populus_client *client, const uint8_t *measurement, size_t length, populus_client_error *error);

/* As populus_client_enqueue, unless a report was accepted in this window already: then nothing happens, and the status
 * is POPULUS_CLIENT_OK. Called once a window, with a measurement that says "nothing happened", it lets silence say
 * nothing. */
populus_client_status populus_client_enqueue_default(
    populus_client *client, const uint8_t *measurement, size_t length, populus_client_error *error);

/* Gives the oldest report of the queue that is not with you yet, or POPULUS_CLIENT_NOTHING.
 *
 * It stays in the queue until populus_client_report_sent. After populus_client_report_unsent, and in each later run, it
 * is given again: the same bytes with the same ID, so that it counts once. The memory of `report` is yours until
 * populus_client_report_free, which does not take it out of the queue. */
populus_client_status populus_client_next_report(
    populus_client *client, populus_client_report *report, populus_client_error *error);

/* Takes a report out of the queue for good: the server has it, or has refused it for good. `id` has 16 bytes.
 *
 * On POPULUS_CLIENT_DISK it may still be there, and would be given again. */
populus_client_status populus_client_report_sent(
    populus_client *client, const uint8_t *id, populus_client_error *error);

/* Says that a report could not be sent now: a later call of populus_client_next_report gives it again. Wait before
 * that, longer each time, and by chance a little more or less, so that not all clients come back at once. */
populus_client_status populus_client_report_unsent(
    populus_client *client, const uint8_t *id, populus_client_error *error);

/* How many reports the queue has, those that are with you included. */
populus_client_status populus_client_queue_count(
    populus_client *client, uint64_t *count, populus_client_error *error);

#ifdef __cplusplus
}
#endif

#endif
