/* Every function, rightly and wrongly. */
#include "check.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t *const word = (const uint8_t *)"a string";
static const size_t length = 8;

/* What is handed in wrongly is refused in words, and nothing is handed out. */
static void wrong_arguments(const char *task, const char *leader) {
    populus_client *client = (populus_client *)1;
    populus_client_error error;
    populus_client_report report;
    uint64_t count;
    memset(&error, 0xff, sizeof error);
    memset(&report, 0xff, sizeof report);
    CHECK(populus_client_open(NULL, 1, &client, &error) == POPULUS_CLIENT_INVALID_ARGUMENT && client == NULL);
    CHECK(error.status == POPULUS_CLIENT_INVALID_ARGUMENT && strcmp(error.text, "task must not be NULL") == 0);
    CHECK(populus_client_open(word, length, NULL, NULL) == POPULUS_CLIENT_INVALID_ARGUMENT);
    CHECK(populus_client_make_report(NULL, word, length, &report, &error) == POPULUS_CLIENT_INVALID_ARGUMENT);
    CHECK(report.bytes == NULL && report.length == 0 && report.media_type == NULL && report.address == NULL);
    populus_client_report_free(&report);
    populus_client_report_free(NULL);
    populus_client_close(NULL);
    CHECK(populus_client_keys_address(NULL, POPULUS_CLIENT_LEADER) == NULL);
    CHECK(populus_client_queue_count(NULL, &count, NULL) == POPULUS_CLIENT_INVALID_ARGUMENT);

    client = open_client(task);
    CHECK(populus_client_keys_address(client, (populus_client_aggregator)7) == NULL);
    CHECK(strstr(populus_client_keys_address(client, POPULUS_CLIENT_LEADER), "/hpke_config") != NULL);
    CHECK(populus_client_make_report(client, word, length, NULL, NULL) == POPULUS_CLIENT_INVALID_ARGUMENT);
    CHECK(populus_client_make_report(client, word, length, &report, &error) == POPULUS_CLIENT_NO_KEYS);
    CHECK(strstr(error.text, "Leader") != NULL);
    const populus_client_aggregator aggregator = POPULUS_CLIENT_LEADER;
    CHECK(populus_client_pin_key(client, aggregator, word, length, NULL) == POPULUS_CLIENT_INVALID_ARGUMENT);
    struct text keys = read_file(leader);
    CHECK(populus_client_set_keys(client, aggregator, word, length, 9, NULL) == POPULUS_CLIENT_BAD_KEYS);
    CHECK(populus_client_set_keys(client, aggregator, keys.bytes, keys.length, 0, NULL) == POPULUS_CLIENT_OK);
    CHECK(populus_client_make_report(client, word, length, &report, &error) == POPULUS_CLIENT_NO_KEYS);
    CHECK(strstr(error.text, "too old") != NULL);
    CHECK(populus_client_pin_key(client, aggregator, (const uint8_t[32]){9}, 32, NULL) == POPULUS_CLIENT_OK);
    CHECK(populus_client_set_keys(client, aggregator, keys.bytes, keys.length, 9, &error) ==
          POPULUS_CLIENT_KEY_NOT_PINNED);
    /* The last 32 bytes of a list of one key are that key. */
    CHECK(populus_client_pin_key(client, aggregator, keys.bytes + keys.length - 32, 32, NULL) == 0);
    CHECK(populus_client_set_keys(client, aggregator, keys.bytes, keys.length, 9, NULL) == POPULUS_CLIENT_OK);
    CHECK(populus_client_enqueue(client, word, length, NULL) == POPULUS_CLIENT_NO_QUEUE);
    CHECK(populus_client_next_report(client, &report, NULL) == POPULUS_CLIENT_NO_QUEUE);
    free(keys.bytes);
    populus_client_close(client);
    for (int status = -1; status < 30; status++) {
        CHECK(strlen(populus_client_status_text((populus_client_status)status)) > 5);
    }
    CHECK(strchr(populus_client_version(), '.') != NULL);
}

/* Reports, and what is none. */
static void reports(populus_client *client) {
    static uint8_t longest[1 << 16];
    populus_client_report one, other;
    populus_client_error error;
    CHECK(populus_client_make_report(client, word, length, &one, &error) == POPULUS_CLIENT_OK);
    CHECK(populus_client_make_report(client, word, length, &other, &error) == POPULUS_CLIENT_OK);
    CHECK(memcmp(one.id, other.id, 16) != 0 && memcmp(one.id, one.bytes, 16) == 0);
    CHECK(strcmp(one.media_type, "application/ppm-dap;message=upload-req") == 0);
    CHECK(strncmp(one.address, "http", 4) == 0 && strstr(one.address, "/reports") != NULL);
    memset(longest, 'a', sizeof longest);
    populus_client_report_free(&one);
    populus_client_report_free(&one);
    populus_client_report_free(&other);
    CHECK(populus_client_make_report(client, longest, sizeof longest, &one, &error) == POPULUS_CLIENT_BAD_MEASUREMENT);
    CHECK(strstr(error.text, "too long") != NULL && strstr(error.text, "aaaa") == NULL && one.bytes == NULL);
    CHECK(populus_client_make_report(client, NULL, 4, &one, &error) == POPULUS_CLIENT_INVALID_ARGUMENT);
    /* Both encodings of these checks have a code word for other strings. */
    CHECK(populus_client_set_others(client, true, &error) == POPULUS_CLIENT_OK);
    CHECK(populus_client_make_report(client, longest, sizeof longest, &one, &error) == POPULUS_CLIENT_OK);
    populus_client_report_free(&one);
    CHECK(populus_client_set_others(client, false, NULL) == POPULUS_CLIENT_OK);
}

/* A queue's life: its bounds, who has it, what is given when. */
static void queue(populus_client *client, const char *task, const char *folder) {
    populus_client_limits limits = {.queue_reports = 3};
    populus_client_report first, second, third;
    populus_client_error error;
    uint64_t count;
    CHECK(populus_client_open_queue(client, folder, &limits, &error) == POPULUS_CLIENT_OK);
    CHECK(populus_client_open_queue(client, folder, &limits, &error) == POPULUS_CLIENT_QUEUE_IN_USE);
    populus_client *further = open_client(task);
    CHECK(populus_client_open_queue(further, folder, NULL, &error) == POPULUS_CLIENT_QUEUE_IN_USE);
    populus_client_close(further);
    CHECK(populus_client_next_report(client, &first, &error) == POPULUS_CLIENT_NOTHING && first.bytes == NULL);
    for (int i = 0; i < 3; i++) CHECK(populus_client_enqueue(client, word, length, NULL) == POPULUS_CLIENT_OK);
    CHECK(populus_client_enqueue(client, word, length, &error) == POPULUS_CLIENT_QUEUE_FULL);
    CHECK(populus_client_enqueue_default(client, word, length, &error) == POPULUS_CLIENT_OK);
    CHECK(populus_client_queue_count(client, &count, NULL) == POPULUS_CLIENT_OK && count == 3);
    CHECK(populus_client_next_report(client, &first, NULL) == POPULUS_CLIENT_OK);
    CHECK(populus_client_next_report(client, &second, NULL) == POPULUS_CLIENT_OK);
    CHECK(memcmp(first.id, second.id, 16) != 0);
    CHECK(populus_client_report_unsent(client, first.id, NULL) == POPULUS_CLIENT_OK);
    CHECK(populus_client_next_report(client, &third, NULL) == POPULUS_CLIENT_OK);
    CHECK(third.length == first.length && memcmp(third.bytes, first.bytes, first.length) == 0);
    populus_client_report_free(&third);
    CHECK(populus_client_report_sent(client, first.id, NULL) == POPULUS_CLIENT_OK);
    CHECK(populus_client_report_sent(client, first.id, &error) == POPULUS_CLIENT_UNKNOWN_REPORT);
    CHECK(populus_client_queue_count(client, &count, NULL) == POPULUS_CLIENT_OK && count == 2);
    populus_client_report_free(&first);
    populus_client_report_free(&second);
}

/* Consent, before, after, and for what is on the disk. */
static void consent(populus_client *client, const char *task, const char *folder) {
    populus_client_report report;
    uint64_t count;
    CHECK(populus_client_set_consent(client, false, NULL) == POPULUS_CLIENT_OK);
    CHECK(populus_client_queue_count(client, &count, NULL) == POPULUS_CLIENT_OK && count == 0);
    CHECK(populus_client_make_report(client, word, length, &report, NULL) == POPULUS_CLIENT_NO_CONSENT);
    CHECK(populus_client_enqueue(client, word, length, NULL) == POPULUS_CLIENT_NO_CONSENT);
    CHECK(populus_client_next_report(client, &report, NULL) == POPULUS_CLIENT_NO_CONSENT);
    CHECK(populus_client_set_consent(client, true, NULL) == POPULUS_CLIENT_OK);
    CHECK(populus_client_enqueue(client, word, length, NULL) == POPULUS_CLIENT_OK);
    populus_client_close(client);
    client = open_client(task);
    CHECK(populus_client_set_consent(client, false, NULL) == POPULUS_CLIENT_OK);
    CHECK(populus_client_open_queue(client, folder, NULL, NULL) == POPULUS_CLIENT_OK);
    CHECK(populus_client_queue_count(client, &count, NULL) == POPULUS_CLIENT_OK && count == 0);
    populus_client_close(client);
}

/* The bound of a window holds across restarts. */
static void window(char **words) {
    /* So long that no test sees its end. */
    populus_client_limits limits = {.window_reports = 2, .window_seconds = 1000000000};
    for (int run = 0; run < 3; run++) {
        populus_client *client = open_client(words[0]);
        set_keys(client, words[1], words[2]);
        CHECK(populus_client_open_queue(client, words[3], &limits, NULL) == POPULUS_CLIENT_OK);
        populus_client_status wanted = run < 2 ? POPULUS_CLIENT_OK : POPULUS_CLIENT_WINDOW_FULL;
        CHECK(populus_client_enqueue(client, word, length, NULL) == wanted);
        populus_client_close(client);
    }
}

static void *make_many(void *client) {
    populus_client_report report;
    for (int i = 0; i < 20; i++) {
        CHECK(populus_client_make_report(client, word, length, &report, NULL) == POPULUS_CLIENT_OK);
        populus_client_report_free(&report);
    }
    return NULL;
}

/* One client from several threads. */
static void threads(populus_client *client) {
    pthread_t made[4];
    for (int i = 0; i < 4; i++) CHECK(pthread_create(&made[i], NULL, make_many, client) == 0);
    for (int i = 0; i < 4; i++) CHECK(pthread_join(made[i], NULL) == 0);
}

int check_calls(char **words) {
    wrong_arguments(words[0], words[1]);
    populus_client *client = open_client(words[0]);
    set_keys(client, words[1], words[2]);
    reports(client);
    threads(client);
    queue(client, words[0], words[3]);
    consent(client, words[0], words[3]);
    window(words);
    return 0;
}
