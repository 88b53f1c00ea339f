/* Checks the C library from outside: one program, a mode for each check. It ends with 1 and says where if one fails.
 *
 *   check calls TASK LEADER HELPER FOLDER          every function, rightly and wrongly
 *   check mangled TASK LEADER HELPER               task files and keys that are none
 *   check enqueue TASK LEADER HELPER FOLDER COUNT  puts reports into a queue; a line "accepted" for each
 *   check drain TASK FOLDER                        gives out all reports; a line with ID, length and a sum for each
 *   check send TASK FOLDER                         gives out the first one, "given ID", and takes it out, "sent ID"
 *
 * LEADER and HELPER are files with the aggregators' keys.
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void failed(const char *file, int line, const char *condition) {
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
    exit(1);
}

struct text read_file(const char *path) {
    struct text text = {malloc(1 << 20), 0};
    FILE *file = fopen(path, "rb");
    if (file == NULL || text.bytes == NULL) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(2);
    }
    text.length = fread(text.bytes, 1, 1 << 20, file);
    fclose(file);
    return text;
}

populus_client *open_client(const char *task) {
    struct text text = read_file(task);
    populus_client *client = NULL;
    populus_client_error error;
    if (populus_client_open(text.bytes, text.length, &client, &error) != POPULUS_CLIENT_OK) {
        fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
    free(text.bytes);
    CHECK(populus_client_set_consent(client, true, NULL) == POPULUS_CLIENT_OK);
    return client;
}

void set_keys(populus_client *client, const char *leader, const char *helper) {
    const char *const paths[] = {leader, helper};
    for (int i = 0; i < 2; i++) {
        struct text keys = read_file(paths[i]);
        populus_client_aggregator aggregator = i == 0 ? POPULUS_CLIENT_LEADER : POPULUS_CLIENT_HELPER;
        CHECK(populus_client_set_keys(client, aggregator, keys.bytes, keys.length, 3600, NULL) == POPULUS_CLIENT_OK);
        free(keys.bytes);
    }
}

/* Ends the program with 3 and the error's words where a queue's call failed. */
static void want(populus_client_status status, const populus_client_error *error) {
    if (status == POPULUS_CLIENT_OK) return;
    fflush(stdout);
    fprintf(stderr, "status %d: %s\n", (int)status, error->text);
    exit(3);
}

static void print_id(const char *before, const uint8_t *id, const char *after) {
    fputs(before, stdout);
    for (int i = 0; i < 16; i++) printf("%02x", id[i]);
    fputs(after, stdout);
}

static int enqueue(char **words) {
    populus_client *client = open_client(words[0]);
    populus_client_error error;
    set_keys(client, words[1], words[2]);
    want(populus_client_open_queue(client, words[3], NULL, &error), &error);
    for (int i = atoi(words[4]); i > 0; i--) {
        want(populus_client_enqueue(client, (const uint8_t *)"a string", 8, &error), &error);
        puts("accepted");
        fflush(stdout);
    }
    populus_client_close(client);
    return 0;
}

/* Prints all reports, or only sums them up; the sum. */
static uint64_t give_all(char **words, bool prints) {
    populus_client *client = open_client(words[0]);
    populus_client_error error;
    populus_client_report report;
    populus_client_status status;
    uint64_t all = 0;
    want(populus_client_open_queue(client, words[1], NULL, &error), &error);
    while ((status = populus_client_next_report(client, &report, &error)) == POPULUS_CLIENT_OK) {
        uint64_t sum = 0;
        for (size_t i = 0; i < report.length; i++) sum = sum * 1099511628211u + report.bytes[i] + 1;
        all = all * 1099511628211u + sum;
        if (prints) print_id("", report.id, "");
        if (prints) printf(" %zu %016llx\n", report.length, (unsigned long long)sum);
        populus_client_report_free(&report);
    }
    if (status != POPULUS_CLIENT_NOTHING) want(status, &error);
    populus_client_close(client);
    return all;
}

static int drain(char **words) {
    uint64_t first = give_all(words, true);
    /* What was given and not taken out is given again, the same bytes. */
    CHECK(give_all(words, false) == first);
    return 0;
}

static int send_one(char **words) {
    populus_client *client = open_client(words[0]);
    populus_client_error error;
    populus_client_report report;
    want(populus_client_open_queue(client, words[1], NULL, &error), &error);
    want(populus_client_next_report(client, &report, &error), &error);
    print_id("given ", report.id, "\n");
    fflush(stdout);
    want(populus_client_report_sent(client, report.id, &error), &error);
    print_id("sent ", report.id, "\n");
    fflush(stdout);
    populus_client_report_free(&report);
    populus_client_close(client);
    return 0;
}

int main(int count, char **words) {
    const struct {
        const char *name;
        int words;
        int (*run)(char **);
    } modes[] = {
        {"calls", 4, check_calls}, {"mangled", 3, check_mangled}, {"enqueue", 5, enqueue}, {"drain", 2, drain},
        {"send", 2, send_one},
    };
    for (size_t i = 0; count > 1 && i < sizeof modes / sizeof *modes; i++) {
        if (strcmp(words[1], modes[i].name) == 0 && count == modes[i].words + 2) return modes[i].run(words + 2);
    }
    fputs("usage: see check.c\n", stderr);
    return 64;
}
