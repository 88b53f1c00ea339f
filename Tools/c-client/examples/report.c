/* Makes reports of the lines on standard input.
 *
 *   report addresses TASK                           prints where the aggregators' keys are, the Leader's first
 *   report make TASK LEADER HELPER OUTPUT < LINES   writes reports, one after the other, into OUTPUT.0, OUTPUT.1 and so
 *                                                   on, some 4 MiB each, and prints how to send each with curl
 *
 * TASK is a task's client.json, LEADER and HELPER are files with the keys.
 */
#include <populus_client.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int complain(const char *where, const char *why) {
    fprintf(stderr, "%s: %s\n", where, why);
    return 1;
}

/* A file's bytes, which the caller frees; NULL where it cannot be read. */
static uint8_t *read_file(const char *path, size_t *length) {
    const size_t most = 1 << 20;
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = file == NULL ? NULL : malloc(most);
    if (bytes != NULL) *length = fread(bytes, 1, most, file);
    if (file != NULL) fclose(file);
    return bytes;
}

static populus_client *open_task(const char *path) {
    populus_client_error error;
    populus_client *client = NULL;
    size_t length;
    uint8_t *task = read_file(path, &length);
    if (task == NULL) {
        complain(path, "cannot be read");
    } else if (populus_client_open(task, length, &client, &error) != POPULUS_CLIENT_OK) {
        complain(path, error.text);
    }
    free(task);
    return client;
}

static int set_keys(populus_client *client, populus_client_aggregator aggregator, const char *path) {
    populus_client_error error;
    size_t length;
    uint8_t *keys = read_file(path, &length);
    if (keys == NULL) return complain(path, "cannot be read");
    /* An hour is what a program should take that keeps them; it says less where the server did. */
    populus_client_status status = populus_client_set_keys(client, aggregator, keys, length, 3600, &error);
    free(keys);
    return status == POPULUS_CLIENT_OK ? 0 : complain(path, error.text);
}

/* Where reports go: bodies of a size that every server takes. */
struct output {
    const char *path;
    FILE *file;
    int number;
    size_t length;
};

static int end_body(struct output *output, const populus_client_report *report) {
    if (output->file == NULL) return 0;
    printf("curl -f --data-binary @%s.%d -H 'Content-Type: %s' %s\n", output->path, output->number++,
           report->media_type, report->address);
    int failed = fclose(output->file) != 0;
    *output = (struct output){output->path, NULL, output->number, 0};
    return failed;
}

static int add(struct output *output, const populus_client_report *report) {
    if (output->file == NULL) {
        char name[4096];
        snprintf(name, sizeof name, "%s.%d", output->path, output->number);
        output->file = fopen(name, "wb");
        if (output->file == NULL) return 1;
    }
    output->length += fwrite(report->bytes, 1, report->length, output->file);
    return output->length < 4 << 20 ? 0 : end_body(output, report);
}

static int make(populus_client *client, const char *path) {
    static char line[1 << 16];
    populus_client_error error;
    populus_client_report report = {0}, next;
    struct output output = {path, NULL, 0, 0};
    int failed = 0;
    while (!failed && fgets(line, sizeof line, stdin) != NULL) {
        size_t length = strcspn(line, "\n");
        if (populus_client_make_report(client, (const uint8_t *)line, length, &next, &error) != POPULUS_CLIENT_OK) {
            complain("a line was left out", error.text);
            continue;
        }
        populus_client_report_free(&report);
        report = next;
        failed = add(&output, &report);
    }
    failed = end_body(&output, &report) || failed;
    populus_client_report_free(&report);
    return failed ? complain(path, "cannot be written") : 0;
}

int main(int count, char **words) {
    if (count < 3) return complain("usage", "report addresses TASK, or report make TASK LEADER HELPER OUTPUT");
    populus_client *client = open_task(words[2]);
    if (client == NULL) return 1;
    int failed = 0;
    if (strcmp(words[1], "addresses") == 0) {
        printf("%s\n", populus_client_keys_address(client, POPULUS_CLIENT_LEADER));
        printf("%s\n", populus_client_keys_address(client, POPULUS_CLIENT_HELPER));
    } else if (strcmp(words[1], "make") == 0 && count == 6) {
        /* Whoever runs this program consents. An app asks. */
        failed = populus_client_set_consent(client, true, NULL) != POPULUS_CLIENT_OK ||
                 set_keys(client, POPULUS_CLIENT_LEADER, words[3]) ||
                 set_keys(client, POPULUS_CLIENT_HELPER, words[4]) || make(client, words[5]);
    }
    populus_client_close(client);
    return failed;
}
